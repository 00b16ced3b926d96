import AVFoundation
import Foundation
import ScanLogin

/// Whether the camera can be used, and if not, what the user can do about it.
enum CameraAccess {
    case allowed
    /// The user said no. iOS does not ask again; its settings do.
    case denied
    /// There is none, or someone else manages this phone.
    case none

    /// Asks the user the first time.
    static func ask() async -> CameraAccess {
        guard AVCaptureDevice.default(for: .video) != nil else { return .none }
        switch AVCaptureDevice.authorizationStatus(for: .video) {
        case .restricted: return .none
        default: return await AVCaptureDevice.requestAccess(for: .video) ? .allowed : .denied
        }
    }
}

/// Looks for codes in the pictures of the phone's camera. Starting, stopping and looking happen on a queue of its own.
final class Camera: NSObject, AVCaptureVideoDataOutputSampleBufferDelegate, @unchecked Sendable {
    let session = AVCaptureSession()  // for a preview layer, too
    let device: AVCaptureDevice
    private let queue = DispatchQueue(label: "camera")
    private let scanner: any FrameScanner
    private let onResult: @Sendable (FrameResult, CGSize) -> Void

    /// Nil when there is no camera. `onResult` is called on the camera's queue, with the size of the frame.
    init?(_ scanner: any FrameScanner, onResult: @escaping @Sendable (FrameResult, CGSize) -> Void) {
        guard let device = AVCaptureDevice.default(for: .video), let input = try? AVCaptureDeviceInput(device: device) else { return nil }
        self.device = device
        self.scanner = scanner
        self.onResult = onResult
        super.init()
        // It drops the frames that come while one is looked at.
        let output = AVCaptureVideoDataOutput()
        output.videoSettings = [kCVPixelBufferPixelFormatTypeKey as String: kCVPixelFormatType_420YpCbCr8BiPlanarFullRange]
        output.setSampleBufferDelegate(self, queue: queue)
        session.beginConfiguration()
        if session.canSetSessionPreset(.hd1280x720) { session.sessionPreset = .hd1280x720 }
        if session.canAddInput(input) { session.addInput(input) }
        if session.canAddOutput(output) { session.addOutput(output) }
        session.commitConfiguration()
    }

    func start() { queue.async { self.session.startRunning() } }

    func stop() { queue.async { self.session.stopRunning() } }

    func setTorch(_ isOn: Bool) {
        queue.async {
            guard self.device.hasTorch, self.device.isTorchAvailable, (try? self.device.lockForConfiguration()) != nil else { return }
            self.device.torchMode = isOn ? .on : .off
            self.device.unlockForConfiguration()
        }
    }

    func captureOutput(_ output: AVCaptureOutput, didOutput sampleBuffer: CMSampleBuffer, from connection: AVCaptureConnection) {
        guard let buffer = CMSampleBufferGetImageBuffer(sampleBuffer) else { return }
        let size = CGSize(width: CVPixelBufferGetWidth(buffer), height: CVPixelBufferGetHeight(buffer))
        onResult(scanner.scan(CameraFrame(buffer)), size)
    }
}
