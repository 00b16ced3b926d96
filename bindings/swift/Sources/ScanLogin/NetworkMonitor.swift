#if canImport(Network)
import Dispatch
internal import Network

/// Tells when the phone has moved to another network, for as long as it lives.
final class NetworkMonitor: @unchecked Sendable {
    private let monitor = NWPathMonitor()

    init(changed: @escaping @Sendable () -> Void) {
        // Only touched on the queue. The first report is how things are, not a change.
        nonisolated(unsafe) var last: NWPath?
        monitor.pathUpdateHandler = { path in
            if let last, last != path { changed() }
            last = path
        }
        monitor.start(queue: DispatchQueue(label: "dev.scanlogin.network"))
    }

    deinit { monitor.cancel() }
}
#else
/// There is nothing to ask: the app says it.
struct NetworkMonitor: Sendable {
    init(changed: @escaping @Sendable () -> Void) {}
}
#endif
