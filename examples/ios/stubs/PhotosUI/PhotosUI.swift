import Foundation
import SwiftUI

public protocol Transferable: Sendable {}
extension Data: Transferable {}

public struct PhotosPickerItem: Equatable, Hashable, Sendable {
    public func loadTransferable<T: Transferable>(type: T.Type) async throws -> T? { nil }
}

public struct PHPickerFilter: Sendable {
    public static let images = PHPickerFilter()
}

public struct PhotosPicker: View {
    public typealias Body = Never
    public init(_ title: some StringProtocol, selection: Binding<PhotosPickerItem?>, matching filter: PHPickerFilter? = nil) {}
}
