@_exported import CoreGraphics
@_exported import Foundation

@MainActor @preconcurrency public protocol View {
    associatedtype Body: View
    @ViewBuilder @MainActor @preconcurrency var body: Body { get }
}

extension Never: View {
    public typealias Body = Never
    public var body: Never { return fatalError() }
}

extension View where Body == Never {
    public var body: Never { fatalError() }
}

extension Optional: View where Wrapped: View {
    public typealias Body = Never
}

public struct Either<First: View, Second: View>: View {
    public typealias Body = Never
    nonisolated init() {}
}

/// What stands for all that is made of other views.
public struct Leaf: View {
    public typealias Body = Never
    nonisolated init() {}
}

@resultBuilder public enum ViewBuilder {
    public static func buildExpression<Content: View>(_ content: Content) -> Content { content }
    public static func buildBlock<each Content: View>(_ content: repeat each Content) -> Leaf { Leaf() }
    public static func buildIf<Content: View>(_ content: Content?) -> Content? { content }
    public static func buildEither<First: View, Second: View>(first: First) -> Either<First, Second> { Either() }
    public static func buildEither<First: View, Second: View>(second: Second) -> Either<First, Second> { Either() }
}

public struct Text: View {
    public init(verbatim content: String) {}
    public typealias Body = Never
}

public struct Button: View {
    public init(_ title: some StringProtocol, action: @escaping @MainActor () -> Void) {}
    public init(action: @escaping @MainActor () -> Void, @ViewBuilder label: () -> some View) {}
    public typealias Body = Never
}

public struct Toggle: View {
    public init(_ title: some StringProtocol, isOn: Binding<Bool>) {}
    public typealias Body = Never
}

public struct ProgressView: View {
    public init(_ title: some StringProtocol) {}
    public typealias Body = Never
}

public struct VStack: View {
    public init(alignment: HorizontalAlignment = .center, spacing: CGFloat? = nil, @ViewBuilder content: () -> some View) {}
    public typealias Body = Never
}

public struct HStack: View {
    public init(spacing: CGFloat? = nil, @ViewBuilder content: () -> some View) {}
    public typealias Body = Never
}

public struct ZStack: View {
    public init(@ViewBuilder content: () -> some View) {}
    public typealias Body = Never
}

public struct ScrollView: View {
    public init(@ViewBuilder content: () -> some View) {}
    public typealias Body = Never
}

public struct Color: View {
    public static let black = Color()
    public typealias Body = Never
}

public enum HorizontalAlignment: Sendable { case leading, center }
public enum TextAlignment: Sendable { case leading, center }
public enum ControlSize: Sendable { case regular, large }
public struct Font: Sendable {
    public static let title = Font()
    public static let title3 = Font()
}
public struct AccessibilityTraits: Sendable {
    public static let isHeader = AccessibilityTraits()
}
public struct BorderedButtonStyle: Sendable {}
public struct ButtonToggleStyle: Sendable {}
public protocol PrimitiveButtonStyle {}
public protocol ToggleStyle {}
extension BorderedButtonStyle: PrimitiveButtonStyle {}
extension ButtonToggleStyle: ToggleStyle {}
extension PrimitiveButtonStyle where Self == BorderedButtonStyle { public static var bordered: Self { Self() } }
extension ToggleStyle where Self == ButtonToggleStyle { public static var button: Self { Self() } }

extension View {
    public func font(_ font: Font?) -> some View { Leaf() }
    public func monospacedDigit() -> some View { Leaf() }
    public func multilineTextAlignment(_ alignment: TextAlignment) -> some View { Leaf() }
    public func padding() -> some View { Leaf() }
    public func frame(maxWidth: CGFloat?) -> some View { Leaf() }
    public func buttonStyle(_ style: some PrimitiveButtonStyle) -> some View { Leaf() }
    public func toggleStyle(_ style: some ToggleStyle) -> some View { Leaf() }
    public func controlSize(_ size: ControlSize) -> some View { Leaf() }
    public func disabled(_ isDisabled: Bool) -> some View { Leaf() }
    public func accessibilityElement() -> some View { Leaf() }
    public func accessibilityLabel(_ label: some StringProtocol) -> some View { Leaf() }
    public func accessibilityAddTraits(_ traits: AccessibilityTraits) -> some View { Leaf() }
    public func task(@_inheritActorContext _ action: @escaping @Sendable () async -> Void) -> some View { Leaf() }
    public func onAppear(perform action: (() -> Void)?) -> some View { Leaf() }
    public func onDisappear(perform action: (() -> Void)?) -> some View { Leaf() }
    public func onChange(of value: some Equatable, _ action: @escaping () -> Void) -> some View { Leaf() }
}
