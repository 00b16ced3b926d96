import AVFoundation
import CoreGraphics
import Foundation
import ScanLogin
import Testing

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
        let account = try Account(idToken: try await server.issueToken("user-alice"), config: server.config())
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
