import AVFoundation
import CoreGraphics
import Foundation
import ScanLogin

/// The pictures of the phone's camera, for as long as somebody looks at them.
final class Camera: NSObject, AVCaptureVideoDataOutputSampleBufferDelegate, @unchecked Sendable {
    let frames: AsyncStream<CameraFrame>
    let session = AVCaptureSession()  // for a preview layer, too
    private let newest: AsyncStream<CameraFrame>.Continuation

    override init() {
        (frames, newest) = AsyncStream.makeStream(of: CameraFrame.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Asks the user the first time. False when the app may not use the camera, or there is none.
    func start() async throws -> Bool {
        guard await AVCaptureDevice.requestAccess(for: .video), let device = AVCaptureDevice.default(for: .video) else { return false }
        let output = AVCaptureVideoDataOutput()
        output.setSampleBufferDelegate(self, queue: DispatchQueue(label: "camera"))
        session.addInput(try AVCaptureDeviceInput(device: device))
        session.addOutput(output)
        session.startRunning()
        return true
    }

    func stop() {
        session.stopRunning()
        newest.finish()
    }

    func captureOutput(_ output: AVCaptureOutput, didOutput sampleBuffer: CMSampleBuffer, from connection: AVCaptureConnection) {
        if let buffer = CMSampleBufferGetImageBuffer(sampleBuffer) { newest.yield(CameraFrame(buffer)) }
    }
}

/// The first login code that the camera sees; nil when the camera stops before.
@MainActor
func firstCode(_ client: any ScanLoginClientProtocol, _ camera: Camera, hint: (String) -> Void) async -> LoginCode? {
    for await result in client.scan(camera.frames) {
        switch result {
        case .found(let code, _): return code
        case .refused(let error): hint(error.userText())
        case .tooSmall: hint("Move closer")
        case .blurred: hint("Hold still")
        case .tooDark: hint("More light, please")
        case .codeSeenButUnread, .stillInView, .nothingSeen: break
        }
    }
    return nil
}

/// What only the platform decodes: HEIC, for example.
func code(in image: CGImage, _ client: any ScanLoginClientProtocol) async throws -> LoginCode {
    try await client.readFrame(CameraFrame(image))
}
