import Foundation
import ScanLogin
import Testing

@Suite struct CancellationTests {
    @Test func cancellingAConfirmReturnsAtOnceAndWhatWasSentIsSettled() async throws {
        let server = try Server()
        let client = try await server.client()
        let random = try await server.makeCode()
        let login = try await client.scanned(code: try client.readText(text: try await server.text(random)))
        try await server.fault("delay", on: "confirm", millis: 2000)
        let confirm = Task { try await login.confirm() }
        try await server.awaitRequest("confirm")
        let start = Date()
        confirm.cancel()
        await #expect(throws: CancellationError.self) { try await confirm.value }
        #expect(Date().timeIntervalSince(start) < 1)
        #expect(login.state() == .confirming)
        // Asking again waits for the same decision.
        try await login.confirm()
        #expect(try await server.status(random) == "Confirmed")
        #expect(try await server.requests(holding: "confirm") == 1)
    }

    @Test func cancellingAScanReturnsAtOnceAndItCanBeMadeAgain() async throws {
        let server = try Server()
        let client = try await server.client()
        let code = try client.readText(text: try await server.text(try await server.makeCode()))
        try await server.fault("delay", on: "scanned", millis: 5000)
        let scan = Task { try await client.scanned(code: code) }
        try await server.awaitRequest("scanned")
        let start = Date()
        scan.cancel()
        await #expect(throws: CancellationError.self) { try await scan.value }
        #expect(Date().timeIntervalSince(start) < 1)
        try await client.scanned(code: code).confirm()
    }

    @Test func aTaskThatIsCancelledAlreadyMakesNoCall() async throws {
        let server = try Server()
        let client = try await server.client()
        let cancelled = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await client.warmUp()
        }
        await #expect(throws: CancellationError.self) { try await cancelled.value }
        #expect(try await server.requests() == 0)
    }
}
