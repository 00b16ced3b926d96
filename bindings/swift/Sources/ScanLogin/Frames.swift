import Foundation

/// A camera picture: a plane of brightness values, such as plane 0 of a bi-planar YCbCr pixel buffer.
public struct CameraFrame: Sendable {
    /// The brightness values. Only read, not copied: bytes that belong to the camera must stay valid until the frame is
    /// let go, which a deallocator of `Data` can tell.
    public let luma: Data
    /// In pixels.
    public let width: Int
    /// In pixels.
    public let height: Int
    /// The distance in bytes from a row to the next.
    public let rowStride: Int
    /// The distance in bytes from a pixel to the next.
    public let pixelStride: Int

    public init(luma: Data, width: Int, height: Int, rowStride: Int, pixelStride: Int = 1) {
        self.luma = luma
        self.width = width
        self.height = height
        self.rowStride = rowStride
        self.pixelStride = pixelStride
    }
}

extension FrameScanner {
    /// Looks at one frame, on the calling thread.
    ///
    /// - Throws: `ScanLoginError` when a QR code is in view that cannot be used.
    public func scan(_ frame: CameraFrame) throws -> FrameResult {
        try scan(
            luma: frame.luma,
            width: UInt32(clamping: frame.width),
            height: UInt32(clamping: frame.height),
            rowStride: UInt32(clamping: frame.rowStride),
            pixelStride: UInt32(clamping: frame.pixelStride)
        )
    }

    /// Looks at the frames of a camera, one at a time, whenever a result is asked for. Frames that come in between are
    /// dropped, but for the latest. A QR code that cannot be used is a failure; the sequence goes on after it. It works on
    /// a background thread.
    public func results<Frames: AsyncSequence & Sendable>(
        of frames: Frames
    ) -> AsyncStream<Result<FrameResult, ScanLoginError>> where Frames.Element == CameraFrame {
        let (latest, camera) = AsyncStream.makeStream(of: CameraFrame.self, bufferingPolicy: .bufferingNewest(1))
        let feeding = Task {
            // A camera that fails ends the sequence, as one that stops does.
            do { for try await frame in frames { camera.yield(frame) } } catch {}
            camera.finish()
        }
        camera.onTermination = { _ in feeding.cancel() }
        return AsyncStream {
            var waiting = latest.makeAsyncIterator()
            guard let frame = await waiting.next() else { return nil }
            do {
                return .success(try self.scan(frame))
            } catch let error as ScanLoginError {
                return .failure(error)
            } catch {
                return .failure(.Internal)
            }
        }
    }
}
