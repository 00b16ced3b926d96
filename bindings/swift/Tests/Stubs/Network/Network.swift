// As much of Network as the library uses, for tests on Linux.
import Dispatch
import Foundation

public struct NWPath: Sendable, Equatable {
    public let name: String

    public init(name: String) { self.name = name }
}

/// Not Sendable, as Apple's was not for long.
public final class NWPathMonitor {
    public var pathUpdateHandler: (@Sendable (NWPath) -> Void)?
    private var queue: DispatchQueue?

    public init() {}

    public func start(queue: DispatchQueue) {
        self.queue = queue
        Self.lock.withLock { Self.monitors.append(self) }
    }

    public func cancel() {
        Self.lock.withLock { Self.monitors.removeAll { $0 === self } }
    }

    private static let lock = NSLock()
    nonisolated(unsafe) private static var monitors: [NWPathMonitor] = []

    /// How many run now, for the tests.
    public static var running: Int { lock.withLock { monitors.count } }

    /// What the system says of the network, for the tests: all that run are told.
    public static func report(_ path: NWPath) {
        for monitor in lock.withLock({ monitors }) { monitor.queue?.sync { monitor.pathUpdateHandler?(path) } }
    }
}
