import Foundation
import Network
import ScanLogin
import Testing

@Suite struct NetworkTests {
    /// The sockets of this process.
    private func sockets() throws -> Set<String> {
        let files = FileManager.default
        let links = try files.contentsOfDirectory(atPath: "/proc/self/fd").compactMap {
            try? files.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")
        }
        return Set(links.filter { $0.hasPrefix("socket:") })
    }

    @Test func aClientMakesNewConnectionsWhenThePhoneHasMovedToAnotherNetwork() async throws {
        let server = try Server()
        // Nothing but the client talks to the server.
        let client = try server.client(tokens: Tokens("t", "u"))
        let before = try sockets()
        try await client.warmUp()
        let first = try sockets()
        #expect(!first.subtracting(before).isEmpty)
        // How things are at the start, and a report that says nothing new, are no change.
        NWPathMonitor.report(NWPath(name: "Wi-Fi"))
        NWPathMonitor.report(NWPath(name: "Wi-Fi"))
        try await client.warmUp()
        #expect(try sockets().subtracting(first).isEmpty)
        NWPathMonitor.report(NWPath(name: "mobile"))
        try await client.warmUp()
        #expect(try !sockets().subtracting(first).isEmpty)
    }
}
