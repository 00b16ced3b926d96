import CoreVideo
import Foundation
import ScanLogin

extension CameraFrame {
    /// The brightness plane of a bi-planar buffer (kCVPixelFormatType_420YpCbCr8BiPlanarFullRange), as
    /// captureOutput(_:didOutput:from:) is given. The buffer stays locked until the frame is let go.
    init?(_ buffer: CVPixelBuffer) {
        CVPixelBufferLockBaseAddress(buffer, .readOnly)
        let unlock = { _ = CVPixelBufferUnlockBaseAddress(buffer, .readOnly) }
        guard let base = CVPixelBufferGetBaseAddressOfPlane(buffer, 0) else {
            unlock()
            return nil
        }
        let (width, height) = (CVPixelBufferGetWidthOfPlane(buffer, 0), CVPixelBufferGetHeightOfPlane(buffer, 0))
        let rowStride = CVPixelBufferGetBytesPerRowOfPlane(buffer, 0)
        let luma = Data(bytesNoCopy: base, count: rowStride * height, deallocator: .custom { _, _ in unlock() })
        self.init(luma: luma, width: width, height: height, rowStride: rowStride)
    }
}

/// The first login code that the camera sees. `frames` keeps but the newest (bufferingPolicy: .bufferingNewest(1)).
func firstCode(
    client: ScanLoginClient, frames: AsyncStream<CameraFrame>, show: (ScanLoginError) -> Void
) async -> LoginCode? {
    for await result in client.frameScanner().results(of: frames) {
        switch result {
        case .success(.found(let code, _)): return code
        case .success: continue
        case .failure(let error): show(error)
        }
    }
    return nil
}
