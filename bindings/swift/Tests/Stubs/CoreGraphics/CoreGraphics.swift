// As much of CoreGraphics as the library uses, for tests on Linux. Points and rectangles are Foundation's.
import Foundation

public final class CGColorSpace: Sendable {}
public func CGColorSpaceCreateDeviceGray() -> CGColorSpace { CGColorSpace() }

public enum CGImageAlphaInfo: UInt32, Sendable { case none = 0 }

/// A grey image of brightness values.
public final class CGImage: Sendable {
    public let width, height: Int
    fileprivate let luma: Data

    public init(luma: Data, width: Int, height: Int) {
        self.luma = luma
        self.width = width
        self.height = height
    }
}

/// Draws into memory that the caller owns.
public final class CGContext {
    private let plane: UnsafeMutableRawBufferPointer
    private let width, bytesPerRow: Int
    private var gray: UInt8 = 0

    public init?(
        data: UnsafeMutableRawPointer?, width: Int, height: Int, bitsPerComponent: Int, bytesPerRow: Int, space: CGColorSpace,
        bitmapInfo: UInt32
    ) {
        guard let data, width > 0, height > 0, bitsPerComponent == 8, bytesPerRow >= width, bitmapInfo == 0 else { return nil }
        plane = UnsafeMutableRawBufferPointer(start: data, count: bytesPerRow * height)
        self.width = width
        self.bytesPerRow = bytesPerRow
    }

    public func setFillColor(gray: CGFloat, alpha: CGFloat) { self.gray = UInt8(gray * 255) }

    public func fill(_ rect: CGRect) {
        for row in 0..<Int(rect.height) {
            for column in 0..<Int(rect.width) { plane[row * bytesPerRow + column] = gray }
        }
    }

    public func draw(_ image: CGImage, in rect: CGRect) {
        let (width, height) = (Int(rect.width), Int(rect.height))
        for row in 0..<height {
            for column in 0..<width {
                let from = (row * image.height / height) * image.width + column * image.width / width
                plane[row * bytesPerRow + column] = image.luma[from]
            }
        }
    }
}
