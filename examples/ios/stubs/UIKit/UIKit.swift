import AVFoundation
@_exported import CoreGraphics
@_exported import Foundation

@MainActor open class UIView: NSObject {
    public let layer = CALayer()
    public let bounds = CGRect.zero
    public init(frame: CGRect) {}
    public required init?(coder: NSCoder) { nil }
    open func layoutSubviews() {}
}

public final class UIColor: Sendable {
    public static let green = UIColor()
    public let cgColor = CGColor()
}

public final class UIImage: Sendable {
    public let cgImage: CGImage? = nil
    public init?(data: Data) {}
}

@MainActor public final class UIApplication {
    nonisolated public static let openSettingsURLString = "app-settings:"
}

@MainActor public enum UIAccessibility {
    public struct Notification: Sendable {
        public static let announcement = Notification()
    }

    public static func post(notification: Notification, argument: Any?) {}
}
