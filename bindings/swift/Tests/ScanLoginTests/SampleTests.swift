import AVFoundation
import CoreGraphics
import Foundation
import ScanLogin
import Testing

/// Its logins are there to be looked at, and what `failure` says happens once.
@MainActor private final class Scanned: ScanLoginClientProtocol {
    @MainActor final class Login: PendingLogin {
        nonisolated let code = LoginCode(userPoolID: "pool")
        nonisolated let currentProgress = LoginProgress(state: .scanned, remainingSeconds: nil)
        nonisolated let progress: AsyncStream<LoginProgress>
        private let updates: AsyncStream<LoginProgress>.Continuation
        private let client: Scanned
        var (confirms, isOffline, isForgotten) = (0, false, false)

        init(_ client: Scanned) {
            self.client = client
            (progress, updates) = AsyncStream.makeStream()
            updates.yield(currentProgress)
            updates.onTermination = { _ in Task { @MainActor in self.isForgotten = true } }
        }

        func confirm() async throws {
            confirms += 1
            try client.failOnce()
            updates.yield(LoginProgress(state: .confirmed, remainingSeconds: nil))
        }

        func cancel() async throws {}

        func refresh() async throws -> LoginState {
            if isOffline { throw ScanLoginError(.network(.offline)) }
            return .scanned
        }
    }

    nonisolated let code = LoginCode(userPoolID: "pool")
    var logins: [Login] = []
    var failure: ScanLoginError?
    var beforeScanned: (() async -> Void)?

    func failOnce() throws {
        defer { failure = nil }
        if let failure { throw failure }
    }

    func scanned(_ code: LoginCode) async throws -> any PendingLogin {
        try failOnce()
        await beforeScanned?()
        logins.append(Login(self))
        return logins.last!
    }

    nonisolated func warmUp() async throws {}
    nonisolated func readImage(_ image: Data) async throws -> LoginCode { code }
    nonisolated func readFrame(_ frame: CameraFrame) async throws -> LoginCode { code }
    nonisolated func readText(_ text: String) throws -> LoginCode { code }
    nonisolated func readLink(_ link: URL) throws -> LoginCode { code }
    nonisolated func bindingPIN() async throws -> BindingPIN { BindingPIN(digits: "482913", validForSeconds: 300) }
    nonisolated func makeFrameScanner() -> any FrameScanner { FakeScanner() }
    nonisolated func networkChanged() {}
}

@MainActor @Suite(.serialized) struct SampleTests {
    /// Waits until the model's screen shows this.
    private func awaitState(_ state: LoginState, of model: ApprovalModel) async throws {
        try await wait { model.progress?.state == state }
    }

    @Test func theModelApprovesAgainstAServer() async throws {
        let server = try Server()
        let random = try await server.makeCode()
        let model = ApprovalModel(client: try await server.client())
        await model.open(image: try await server.jpeg(random))
        try await awaitState(.scanned, of: model)
        await model.becomeActive()
        await model.approve()
        try await awaitState(.confirmed, of: model)
        #expect(model.problem == nil)
        #expect(try await server.status(random) == "Confirmed")
    }

    @Test func theModelTriesAgainOnTheSameLoginWhenTheOutcomeIsNotKnown() async throws {
        let server = try Server()
        let client = try await server.client(timeout: .seconds(2))
        let random = try await server.makeCode()
        let model = ApprovalModel(client: client)
        await model.open(try client.readText(try await server.text(random)))
        try await server.fault("drop", on: "confirm", afterEffect: true)
        try await server.fault("drop", on: "check", times: 99)
        await model.approve()
        #expect(next(try #require(model.problem)) == .tryAgain)
        try await server.clearFaults()
        await model.tryAgain()
        #expect(model.problem == nil)
        try await awaitState(.confirmed, of: model)
        #expect(try await server.decisions(random) == 1)
    }

    @Test func theModelIsTestedWithAFakeClient() async throws {
        let model = ApprovalModel(client: FakeScanLoginClient(login: FakeLogin(losesAnswer: true)))
        await model.open(LoginCode(userPoolID: "pool"))
        await model.approve()
        #expect(model.problem?.kind == .outcomeUnknown(.confirm))
        await model.tryAgain()
        try await awaitState(.confirmed, of: model)
        let declined = ApprovalModel(client: FakeScanLoginClient())
        await declined.open(image: Data())
        await declined.decline()
        try await awaitState(.cancelled, of: declined)
        #expect(throws: ScanLoginError(.noCode)) { try FakeScanLoginClient().readText("") }
    }

    @Test func theModelShowsTheLatestLoginAndNoOther() async throws {
        let scanned = Scanned()
        let model = ApprovalModel(client: scanned)
        for _ in 1...2 { await model.open(scanned.code) }
        try await awaitState(.scanned, of: model)
        await model.approve()
        try await awaitState(.confirmed, of: model)
        let (first, second) = (scanned.logins[0], scanned.logins[1])
        try await wait { first.isForgotten }
        #expect((first.confirms, second.confirms) == (0, 1))
    }

    @Test func comingBackToTheFrontLeavesWhatIsTriedAgain() async throws {
        let scanned = Scanned()
        let model = ApprovalModel(client: scanned)
        scanned.failure = ScanLoginError(.network(.offline))
        await model.open(scanned.code)
        await model.becomeActive()
        #expect(model.problem?.kind == .network(.offline))
        await model.tryAgain()
        #expect(model.problem == nil)
        let login = try #require(scanned.logins.first)

        scanned.failure = ScanLoginError(.outcomeUnknown(.confirm))
        await model.approve()
        login.isOffline = true
        await model.becomeActive()
        #expect(model.problem?.kind == .outcomeUnknown(.confirm))
        await model.tryAgain()
        #expect(model.problem == nil)
        #expect(login.confirms == 2)

        // Then it is known.
        scanned.failure = ScanLoginError(.outcomeUnknown(.confirm))
        await model.approve()
        login.isOffline = false
        await model.becomeActive()
        #expect(model.problem == nil)
    }

    @Test func aDecisionIsTriedAgainOnItsOwnLogin() async throws {
        let scanned = Scanned()
        let model = ApprovalModel(client: scanned)
        await model.open(scanned.code)
        scanned.beforeScanned = {
            scanned.failure = ScanLoginError(.outcomeUnknown(.confirm))
            await model.approve()
        }
        await model.open(scanned.code)
        await model.tryAgain()
        #expect(scanned.logins.map(\.confirms) == [2, 0])
    }

    @Test func theCameraFindsTheCodeAndGivesItsBuffersBack() async throws {
        let server = try Server()
        let client = try await server.client()
        let plane = try await server.plane(try await server.makeCode())
        let buffer = plane.withUnsafeBytes {
            CVPixelBuffer(
                format: kCVPixelFormatType_420YpCbCr8BiPlanarFullRange, copying: $0, width: 1280, height: 720, bytesPerRow: 1344)
        }
        let camera = Camera()
        #expect(try await camera.start())
        camera.session.show(buffer)
        let code = await firstCode(client, camera) { Issue.record("\($0)") }
        #expect(code?.userPoolID == server.pool)
        camera.stop()
        #expect(buffer.locks == 0)
        let image = CGImage(luma: plane, width: 1344, height: 720)
        #expect(try await ScanLoginTests.code(in: image, client) == code)

        AVCaptureDevice.isAllowed = false
        defer { AVCaptureDevice.isAllowed = true }
        #expect(try await !Camera().start())
    }

    @Test func theAccountThatKeepsItsClientApproves() async throws {
        let server = try Server()
        let account = try Account(idToken: try await server.issueToken("user-alice"), userID: "user-alice", config: server.config())
        try await server.login(try #require(account.client)).confirm()
    }

    @Test func theLogIsWritten() async throws {
        let log = Lines()
        start { log.add($0) }
        #expect(throws: ScanLoginError.self) { try makeClient(session: Session(idToken: "t", userID: "u")).readText("") }
        let server = try Server()
        try await server.login(try await server.client()).confirm()
        try await wait { log.lines.contains { $0.contains("decision") } }
        ScanLoginClient.setLogSink(nil)
    }
}
