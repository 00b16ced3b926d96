import Foundation
import ScanLogin
import Testing

@Suite struct CancellationTests {
    @Test func cancellingAConfirmReturnsAtOnceAndWhatWasSentIsSettled() async throws {
        let server = try Server()
        let client = try await server.client()
        let random = try await server.makeCode()
        let login = try await client.scanned(client.readText(try await server.text(random)))
        try await server.fault("delay", on: "confirm", millis: 2000)
        let confirm = Task { try await login.confirm() }
        try await server.awaitRequest("confirm")
        let start = Date()
        confirm.cancel()
        await #expect(throws: CancellationError.self) { try await confirm.value }
        #expect(Date().timeIntervalSince(start) < 1)
        #expect(login.state == .confirming)
        // Asking again waits for the same decision.
        try await login.confirm()
        #expect(try await server.status(random) == "Confirmed")
        #expect(try await server.requests(holding: "confirm") == 1)
    }

    @Test func aDecisionGoesOnWhenItsTaskIsCancelledAndTheAppDropsEverything() async throws {
        let server = try Server()
        let random = try await server.makeCode()
        let (asked, isAsked) = AsyncStream.makeStream(of: Void.self)
        let (dropped, isDropped) = AsyncStream.makeStream(of: Void.self)
        // The token for the decision is handed out only when nothing of the app is left.
        let token = try await server.issueToken("user-alice")
        let calls = Counter()
        let tokens = Provider { _ in
            if calls.next() > 1 {
                isAsked.finish()
                for await _ in dropped {}
            }
            return UserToken(token, userID: "user-alice")
        }
        do {
            let client = try server.client(tokens: tokens)
            let login = try await client.scanned(client.readText(try await server.text(random)))
            let confirm = Task { try await login.confirm() }
            for await _ in asked {}
            confirm.cancel()
            await #expect(throws: CancellationError.self) { try await confirm.value }
        }
        isDropped.finish()
        try await wait { try await server.status(random) == "Confirmed" }
    }

    @Test func cancellingAScanReturnsAtOnceAndItCanBeMadeAgain() async throws {
        let server = try Server()
        let client = try await server.client()
        let code = try await server.code(client)
        try await server.fault("delay", on: "scanned", millis: 5000)
        let scan = Task { try await client.scanned(code) }
        try await server.awaitRequest("scanned")
        let start = Date()
        scan.cancel()
        await #expect(throws: CancellationError.self) { try await scan.value }
        #expect(Date().timeIntervalSince(start) < 1)
        try await client.scanned(code).confirm()
    }

    @Test func aTaskThatIsCancelledAlreadyMakesNoCall() async throws {
        let server = try Server()
        let client = try await server.client()
        let login = try await server.login(client)
        let before = try await server.requests()
        let calls: [@Sendable () async throws -> Void] = [
            { try await client.warmUp() }, { _ = try await client.readImage(Data()) }, { _ = try await client.scanned(login.code) },
            { try await login.confirm() }, { try await login.cancel() }, { try await login.refresh() },
        ]
        for call in calls {
            let cancelled = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                try await call()
            }
            await #expect(throws: CancellationError.self) { try await cancelled.value }
        }
        #expect(try await server.requests() == before)
        #expect(login.state == .scanned)
    }
}
