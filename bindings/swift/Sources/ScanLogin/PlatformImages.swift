import Foundation

#if canImport(CoreVideo)
public import CoreVideo

extension CameraFrame {
    /// What `captureOutput(_:didOutput:from:)` is given, not copied: a buffer whose pixels are bi-planar YCbCr with 8 bits
    /// (`420YpCbCr8BiPlanarFullRange` or `…VideoRange`), `OneComponent8` or `32BGRA`. It is locked and kept until the frame is
    /// let go. A buffer of another format is refused when it is looked at, as `.unreadableImage(.badLayout)`.
    public init(_ pixelBuffer: CVPixelBuffer) {
        let (width, height) = (CVPixelBufferGetWidth(pixelBuffer), CVPixelBufferGetHeight(pixelBuffer))
        guard let (base, count, rowStride, pixelStride) = Self.lockedPlane(of: pixelBuffer) else {
            self.init(luma: Data(), width: width, height: height, rowStride: 0)
            return
        }
        nonisolated(unsafe) let buffer = pixelBuffer
        let luma = Data(
            bytesNoCopy: base, count: count,
            deallocator: .custom { _, _ in CVPixelBufferUnlockBaseAddress(buffer, .readOnly) })
        self.init(luma: luma, width: width, height: height, rowStride: rowStride, pixelStride: pixelStride)
    }

    /// Where the brightness values are, if this format has any. The buffer is locked then.
    private static func lockedPlane(of buffer: CVPixelBuffer)
        -> (UnsafeMutableRawPointer, count: Int, rowStride: Int, pixelStride: Int)?
    {
        let isPlanar: Bool
        var (pixelStride, offset) = (1, 0)
        switch CVPixelBufferGetPixelFormatType(buffer) {
        case kCVPixelFormatType_420YpCbCr8BiPlanarFullRange, kCVPixelFormatType_420YpCbCr8BiPlanarVideoRange: isPlanar = true
        case kCVPixelFormatType_OneComponent8: isPlanar = false
        // Green is what brightness is mostly made of.
        case kCVPixelFormatType_32BGRA: (isPlanar, pixelStride, offset) = (false, 4, 1)
        default: return nil
        }
        guard CVPixelBufferLockBaseAddress(buffer, .readOnly) == kCVReturnSuccess else { return nil }
        let rowStride = isPlanar ? CVPixelBufferGetBytesPerRowOfPlane(buffer, 0) : CVPixelBufferGetBytesPerRow(buffer)
        let count = rowStride * CVPixelBufferGetHeight(buffer) - offset
        guard let base = isPlanar ? CVPixelBufferGetBaseAddressOfPlane(buffer, 0) : CVPixelBufferGetBaseAddress(buffer), count > 0 else {
            CVPixelBufferUnlockBaseAddress(buffer, .readOnly)
            return nil
        }
        return (base + offset, count, rowStride, pixelStride)
    }
}
#endif

#if canImport(CoreGraphics)
public import CoreGraphics

extension CameraFrame {
    /// An image that the platform has decoded, such as a HEIC photo, for `readFrame(_:)`. It is drawn in grey here, on the calling
    /// thread, and kept at no more than 50 million pixels.
    public init(_ image: CGImage) {
        let scale = min(1, (50_000_000 / (Double(image.width) * Double(image.height))).squareRoot())
        let (width, height) = (Int(Double(image.width) * scale), Int(Double(image.height) * scale))
        var luma = Data(count: width * height)
        let isDrawn = luma.withUnsafeMutableBytes { plane in
            guard
                let context = CGContext(
                    data: plane.baseAddress, width: width, height: height, bitsPerComponent: 8, bytesPerRow: width,
                    space: CGColorSpaceCreateDeviceGray(), bitmapInfo: CGImageAlphaInfo.none.rawValue)
            else { return false }
            let all = CGRect(x: 0, y: 0, width: width, height: height)
            // What shows through is paper.
            context.setFillColor(gray: 1, alpha: 1)
            context.fill(all)
            context.draw(image, in: all)
            return true
        }
        self.init(luma: isDrawn ? luma : Data(), width: width, height: height, rowStride: width)
    }
}
#endif
