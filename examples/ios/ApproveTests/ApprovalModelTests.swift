import Foundation
import ScanLogin
import Testing

@testable import Approve

@MainActor @Suite struct ApprovalModelTests {
    let client = FakeClient()
    let model: ApprovalModel
    let offline = ScanLoginError(.network(.offline))
    let unknown = ScanLoginError(.outcomeUnknown(.confirm))
    var question = Question(
        claim: "device: Chrome", remainingSeconds: 120, mayDecide: true, isBusy: false, error: nil)

    init() { model = ApprovalModel(client: client) }

    func find() async {
        model.saw(.found(client.login.code, corners: []), frameSize: CGSize(width: 1280, height: 720))
        await model.work?.value
    }

    func loseAnswer() async {
        await find()
        client.fail(with: unknown)
        model.agree()
        await model.work?.value
        client.login.reach(.outcomeUnknown)
    }

    @Test("A code that is found is opened once, and the user is asked")
    func opensOnce() async {
        await find()
        await find()
        #expect(client.calls == ["scanned"])
        #expect(model.screen == .deciding(question))
    }

    @Test("Agreeing signs the page in, and declining does not", arguments: [true, false])
    func decides(agrees: Bool) async {
        await find()
        if agrees { model.agree() } else { model.decline() }
        await model.work?.value
        #expect(model.screen == .ended(agrees ? .confirmed : .cancelled))
    }

    @Test("While a decision is on its way, nothing else can be decided")
    func decidesOnce() async {
        await find()
        model.agree()
        model.decline()
        model.scanAgain()
        await model.work?.value
        #expect(client.calls == ["scanned", "confirm"])
    }

    @Test("A code that could not be opened is opened again")
    func opensAgain() async {
        client.fail(with: offline)
        await find()
        #expect(model.screen == .failed(offline))
        model.tryAgain()
        await model.work?.value
        #expect(client.calls == ["scanned", "scanned"])
        #expect(model.screen == .deciding(question))
    }

    @Test("A decision that did not get through can be made again, or the other one")
    func decidesAgain() async {
        await find()
        client.fail(with: offline)
        model.agree()
        await model.work?.value
        var failed = question
        failed.error = offline
        #expect(model.screen == .deciding(failed))
        model.decline()
        await model.work?.value
        #expect(model.screen == .ended(.cancelled))
    }

    @Test("A decision with an unknown outcome is made again on the same login, and no other")
    func repeatsUnknown() async {
        await loseAnswer()
        client.fail(with: unknown)
        model.tryAgain()
        await model.work?.value
        model.decline()
        model.tryAgain()
        await model.work?.value
        #expect(client.calls == ["scanned", "confirm", "confirm", "confirm"])
        #expect(model.screen == .ended(.confirmed))
    }

    @Test("Coming back to the front asks what became of a decision", arguments: [LoginState.confirmed, .scanned, .outcomeUnknown])
    func asks(state: LoginState) async {
        await loseAnswer()
        client.login.reach(state)
        model.becameActive()
        await model.work?.value
        #expect(client.calls.last == "refresh")
        var still = question
        (still.mayDecide, still.error) = (false, unknown)
        #expect(model.screen == (state == .confirmed ? .ended(.confirmed) : .deciding(state == .scanned ? question : still)))
    }

    @Test("Asking that fails changes nothing, and is not what trying again does")
    func asksInVain() async {
        await loseAnswer()
        client.fail(with: offline)
        model.becameActive()
        await model.work?.value
        model.tryAgain()
        await model.work?.value
        #expect(client.calls == ["scanned", "confirm", "refresh", "confirm"])
    }

    @Test("The screen follows the login")
    func follows() async {
        await find()
        client.login.reach(.expired, remainingSeconds: 0)
        while model.screen != .ended(.expired) { await Task.yield() }
        model.scanAgain()
        #expect(model.screen == .scanning)
    }

    @Test("An image without a code leads back to the camera")
    func readsImages() async {
        let noCode = ScanLoginError(.noCode)
        model.open { _ in throw noCode }
        await model.work?.value
        #expect(model.screen == .failed(noCode))
        #expect(next(noCode) == .scanAgain)
        model.scanAgain()
        model.open { try await $0.readImage(Data()) }
        await model.work?.value
        #expect(model.screen == .deciding(question))
    }

    @Test("All that may be tried again is offered so")
    func offersRetries() {
        #expect([offline, unknown, ScanLoginError(.tokenFailed(reason: ""))].map(next) == [.tryAgain, .tryAgain, .tryAgain])
    }
}
