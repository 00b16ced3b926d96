// What the sample app needs besides: permission, configuration, torch and preview. It does nothing.
@_exported import CoreGraphics
import Foundation

public enum AVAuthorizationStatus: Sendable { case notDetermined, restricted, denied, authorized }

extension AVCaptureDevice {
    public enum TorchMode: Sendable { case off, on }

    public static func authorizationStatus(for type: AVMediaType) -> AVAuthorizationStatus { .notDetermined }

    public var hasTorch: Bool { true }
    public var isTorchAvailable: Bool { true }
    public var torchMode: TorchMode {
        get { .off }
        set {}
    }
    public func lockForConfiguration() throws {}
    public func unlockForConfiguration() {}

    public final class RotationCoordinator: NSObject {
        public init(device: AVCaptureDevice, previewLayer: CALayer?) {}
        public var videoRotationAngleForHorizonLevelPreview: CGFloat { 90 }

        public func observe<Value>(
            _ keyPath: KeyPath<RotationCoordinator, Value>, options: NSKeyValueObservingOptions = [],
            changeHandler: @escaping @Sendable (RotationCoordinator, NSKeyValueObservedChange<Value>) -> Void
        ) -> NSKeyValueObservation { NSKeyValueObservation() }
    }
}

extension AVCaptureSession {
    public struct Preset: Sendable {
        public static let hd1280x720 = Preset()
        public static let high = Preset()
    }

    public var sessionPreset: Preset {
        get { .high }
        set {}
    }
    public func canSetSessionPreset(_ preset: Preset) -> Bool { true }
    public func beginConfiguration() {}
    public func commitConfiguration() {}
    public func canAddInput(_ input: AVCaptureInput) -> Bool { true }
    public func canAddOutput(_ output: AVCaptureOutput) -> Bool { true }
}

extension AVCaptureVideoDataOutput {
    public var videoSettings: [String: Any]! {
        get { [:] }
        set {}
    }
}

extension AVCaptureConnection {
    public var videoRotationAngle: CGFloat {
        get { 0 }
        set {}
    }
}

public struct AVLayerVideoGravity: Sendable {
    public static let resizeAspect = AVLayerVideoGravity()
}

public final class AVCaptureVideoPreviewLayer: CALayer {
    public var videoGravity = AVLayerVideoGravity.resizeAspect
    public let connection: AVCaptureConnection? = nil
    public init(session: AVCaptureSession) {}
    public func layerPointConverted(fromCaptureDevicePoint point: CGPoint) -> CGPoint { point }
}

// Of CoreVideo, QuartzCore and CoreGraphics.

public let kCVPixelBufferPixelFormatTypeKey = "PixelFormatType"

open class CALayer {
    public var frame = CGRect.zero
    public init() {}
    public func addSublayer(_ layer: CALayer) {}
}

public final class CAShapeLayer: CALayer {
    public var path: CGPath?
    public var fillColor: CGColor?
    public var strokeColor: CGColor?
    public var lineWidth: CGFloat = 1
}

open class CGPath {}

public final class CGMutablePath: CGPath {
    override public init() {}
    public func addLines(between points: [CGPoint]) {}
    public func closeSubpath() {}
}

public final class CGColor: Sendable {
    public init() {}
}

// Of Foundation, which has it on Apple's platforms alone.

public struct NSKeyValueObservingOptions: OptionSet, Sendable {
    public let rawValue: UInt
    public init(rawValue: UInt) { self.rawValue = rawValue }
    public static let new = NSKeyValueObservingOptions(rawValue: 1)
}

public struct NSKeyValueObservedChange<Value> {}

public final class NSKeyValueObservation {}
