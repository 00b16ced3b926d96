// As much of AVFoundation as the sample uses, for tests on Linux: a camera that shows what a test tells it to.
@_exported import CoreVideo
import Dispatch
import Foundation

public struct AVMediaType: Sendable {
    public static let video = AVMediaType()
}

public final class AVCaptureDevice: Sendable {
    /// Whether the user lets the app use the camera, for the tests.
    nonisolated(unsafe) public static var isAllowed = true

    public static func requestAccess(for type: AVMediaType) async -> Bool { isAllowed }
    public static func `default`(for type: AVMediaType) -> AVCaptureDevice? { AVCaptureDevice() }
}

open class AVCaptureInput {}
open class AVCaptureOutput {}
public final class AVCaptureConnection {}

public final class AVCaptureDeviceInput: AVCaptureInput {
    public init(device: AVCaptureDevice) throws {}
}

public final class CMSampleBuffer {
    fileprivate let image: CVImageBuffer

    init(_ image: CVImageBuffer) { self.image = image }
}

public func CMSampleBufferGetImageBuffer(_ buffer: CMSampleBuffer) -> CVImageBuffer? { buffer.image }

public protocol AVCaptureVideoDataOutputSampleBufferDelegate: AnyObject {
    func captureOutput(_ output: AVCaptureOutput, didOutput sampleBuffer: CMSampleBuffer, from connection: AVCaptureConnection)
}

public final class AVCaptureVideoDataOutput: AVCaptureOutput {
    fileprivate weak var delegate: (any AVCaptureVideoDataOutputSampleBufferDelegate)?

    override public init() {}

    public func setSampleBufferDelegate(_ delegate: (any AVCaptureVideoDataOutputSampleBufferDelegate)?, queue: DispatchQueue?) {
        self.delegate = delegate
    }
}

public final class AVCaptureSession {
    private var outputs: [AVCaptureOutput] = []
    private var isRunning = false

    public init() {}

    public func addInput(_ input: AVCaptureInput) {}
    public func addOutput(_ output: AVCaptureOutput) { outputs.append(output) }
    public func startRunning() { isRunning = true }
    public func stopRunning() { isRunning = false }

    /// What the camera sees, for the tests.
    public func show(_ image: CVImageBuffer) {
        for case let output as AVCaptureVideoDataOutput in outputs where isRunning {
            output.delegate?.captureOutput(output, didOutput: CMSampleBuffer(image), from: AVCaptureConnection())
        }
    }
}
