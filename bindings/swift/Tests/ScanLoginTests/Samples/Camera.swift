import CoreVideo
import Foundation
import ScanLogin

extension FrameScanner {
    /// Looks at the brightness plane of a bi-planar buffer (kCVPixelFormatType_420YpCbCr8BiPlanarFullRange), as
    /// captureOutput(_:didOutput:from:) is given.
    func scan(_ buffer: CVPixelBuffer) throws -> FrameResult {
        CVPixelBufferLockBaseAddress(buffer, .readOnly)
        defer { CVPixelBufferUnlockBaseAddress(buffer, .readOnly) }
        guard let base = CVPixelBufferGetBaseAddressOfPlane(buffer, 0) else { return .nothingSeen }
        let height = CVPixelBufferGetHeightOfPlane(buffer, 0)
        let rowStride = CVPixelBufferGetBytesPerRowOfPlane(buffer, 0)
        let luma = Data(bytesNoCopy: base, count: rowStride * height, deallocator: .none)
        let width = CVPixelBufferGetWidthOfPlane(buffer, 0)
        return try scan(CameraFrame(luma: luma, width: width, height: height, rowStride: rowStride))
    }
}
