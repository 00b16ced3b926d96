import Foundation

/// Counts from one.
final class Counter: @unchecked Sendable {
    private let lock = NSLock()
    private var count = 0

    @discardableResult
    func next() -> Int {
        lock.withLock {
            count += 1
            return count
        }
    }

    var value: Int { lock.withLock { count } }
}

/// Waits until it is so, and throws when that takes a minute.
func wait(isolation: isolated (any Actor)? = #isolation, until isSo: () async throws -> Bool) async throws {
    struct TookTooLong: Error {}
    let end = ContinuousClock.now + .seconds(60)
    while try await !isSo() {
        if ContinuousClock.now > end { throw TookTooLong() }
        await Task.yield()
    }
}
