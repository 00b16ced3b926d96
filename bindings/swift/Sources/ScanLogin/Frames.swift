import Foundation
internal import ScanLoginGenerated

/// A camera picture: a plane of brightness values. A numerically odd one, with a negative size for example, is refused when it is
/// looked at, as `.unreadableImage(.badLayout)`.
public struct CameraFrame: Sendable {
    let luma: Data
    let width, height, rowStride, pixelStride: UInt32

    /// - Parameters:
    ///   - luma: The brightness values. Only read, not copied: bytes that belong to the camera must stay valid until the frame is
    ///     let go, which a deallocator of `Data` can tell.
    ///   - width: In pixels.
    ///   - height: In pixels.
    ///   - rowStride: The distance in bytes from a row to the next.
    ///   - pixelStride: The distance in bytes from a pixel to the next.
    public init(luma: Data, width: Int, height: Int, rowStride: Int, pixelStride: Int = 1) {
        self.luma = luma
        self.width = UInt32(clamping: width)
        self.height = UInt32(clamping: height)
        self.rowStride = UInt32(clamping: rowStride)
        self.pixelStride = UInt32(clamping: pixelStride)
    }
}

/// Looks for a login code in a camera preview, frame after frame. One for each preview; freed by itself.
public protocol FrameScanner: Sendable {
    /// Looks at one frame, on the calling thread, for some ten milliseconds. Throws nothing. Hand in each frame that the camera
    /// gives while this is idle, and drop the others.
    func scan(_ frame: CameraFrame) -> FrameResult
}

/// What a frame shows. Corners are four, in pixels from the top left, clockwise from the finder pattern that the two others adjoin.
public enum FrameResult: Sendable, Equatable {
    /// A login code that passed the checks. Reported once while it stays in view.
    case found(LoginCode, corners: [CGPoint])
    /// A QR code that cannot be used, or a frame that cannot be read. Reported once while the code stays in view.
    case refused(ScanLoginError)
    /// What was reported before is still in view. To see it again, such as when its `scanned` failed, make a new scanner.
    case stillInView
    /// A QR code that could not be read from this frame. One of the next may show it better.
    case codeSeenButUnread(corners: [CGPoint])
    /// A QR code with too few pixels: ask the user to go nearer.
    case tooSmall(corners: [CGPoint])
    /// A QR code that is out of focus or moves: ask the user to hold still.
    case blurred(corners: [CGPoint])
    /// Too little light to see anything.
    case tooDark
    /// No QR code.
    case nothingSeen

    init(_ result: ScanLoginGenerated.FrameResult) {
        self =
            switch result {
            case .found(let code, let corners): .found(LoginCode(code), corners: corners.map(CGPoint.init))
            case .refused(let details): .refused(ScanLoginError(details))
            case .stillInView: .stillInView
            case .codeSeenButUnread(let corners): .codeSeenButUnread(corners: corners.map(CGPoint.init))
            case .tooSmall(let corners): .tooSmall(corners: corners.map(CGPoint.init))
            case .blurred(let corners): .blurred(corners: corners.map(CGPoint.init))
            case .tooDark: .tooDark
            case .nothingSeen: .nothingSeen
            }
    }
}

struct NativeFrameScanner: FrameScanner {
    let scanner: ScanLoginGenerated.FrameScanner

    func scan(_ frame: CameraFrame) -> FrameResult {
        FrameResult(
            scanner.scan(
                luma: frame.luma, width: frame.width, height: frame.height, rowStride: frame.rowStride,
                pixelStride: frame.pixelStride))
    }
}

extension CGPoint {
    init(_ point: ImagePoint) { self.init(x: Double(point.x), y: Double(point.y)) }
}
