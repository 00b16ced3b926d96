import Foundation
import ScanLogin
import Testing

@testable import Approve

private let size = CGSize(width: 1280, height: 720)
private let corners = [CGPoint(x: 640, y: 180)]

private func sight(_ results: FrameResult...) -> Sight {
    var sight = Sight()
    for result in results { sight.take(result, frameSize: size) }
    return sight
}

private func sight(_ result: FrameResult, times: Int) -> Sight {
    (1...times).reduce(into: Sight()) { sight, _ in sight.take(result, frameSize: size) }
}

@Suite struct SightTests {
    @Test(
        "Each kind of frame has its hint",
        arguments: [
            (FrameResult.codeSeenButUnread(corners: corners), Hint.unread), (.tooSmall(corners: corners), .closer),
            (.blurred(corners: corners), .still), (.tooDark, .dark), (.nothingSeen, .aim),
        ])
    func hints(result: FrameResult, hint: Hint) {
        #expect(sight(result, times: 6).hint == hint)
    }

    @Test("What is found or refused is said at once, and corners are parts of the frame")
    func saysAtOnce() {
        let found = sight(.found(LoginCode(userPoolID: "pool"), corners: corners))
        #expect(found.hint == .found)
        #expect(found.corners == [CGPoint(x: 0.5, y: 0.25)])
        #expect(sight(.refused(ScanLoginError(.expired))).refusal == ScanLoginError(.expired))
    }

    @Test("A hint waits until several frames in a row give it")
    func waits() {
        #expect(sight(.blurred(corners: corners), times: 5).hint == .aim)
        let blurred = FrameResult.blurred(corners: corners)
        #expect(sight(blurred, blurred, blurred, blurred, blurred, .tooDark, blurred).hint == .aim)
    }

    @Test("A refusal stays while its code is in view")
    func staysRefused() {
        var sight = sight(.refused(ScanLoginError(.expired)))
        for _ in 1...20 { sight.take(.stillInView, frameSize: size) }
        for _ in 1...5 { sight.take(.nothingSeen, frameSize: size) }
        #expect(sight.refusal == ScanLoginError(.expired))
        sight.take(.nothingSeen, frameSize: size)
        #expect(sight.refusal == nil)
    }
}

@Suite struct ClaimTests {
    private func shown(_ claims: [(String, String)]) -> String? {
        claim(LoginCode(userPoolID: "pool", claims: claims.map { Claim(name: $0, value: $1) }))
    }

    @Test("Each claim is a line, and the first few are shown")
    func lines() {
        #expect(shown([("device", "Chrome"), ("where", "Berlin")]) == "device: Chrome\nwhere: Berlin")
        #expect(shown([("", "order 4711")]) == "order 4711")
        #expect(shown([("a", "1"), ("b", "2"), ("c", "3"), ("d", "4"), ("e", "5")]) == "a: 1\nb: 2\nc: 3\nd: 4")
    }

    @Test("Nothing to show is no claim")
    func isNone() {
        #expect(shown([]) == nil)
        #expect(shown([("", "")]) == nil)
    }
}

@Suite struct TextTests {
    @Test("Every hint, ending and next step has a text in both languages", arguments: ["en", "zh-Hans"])
    func hasTexts(language: String) throws {
        let file = URL(fileURLWithPath: #filePath + "/../../Approve/\(language).lproj/Localizable.strings").standardized
        let texts = try String(contentsOf: file, encoding: .utf8)
        let keys = Hint.allCases.map { "hint.\($0.rawValue)" } + Ending.allCases.map { "ended.\($0.rawValue)" }
        for key in keys + Next.allCases.map({ "next.\($0.rawValue)" }) { #expect(texts.contains("\"\(key)\" = ")) }
    }
}

@Suite struct CountdownTests {
    @Test("The time left is minutes and seconds, and is spoken three times")
    func counts() {
        #expect([0, 9, 60, 125, 3600].map(clock) == ["0:00", "0:09", "1:00", "2:05", "60:00"])
        #expect((0...120).filter(isSpoken) == [10, 30, 60])
    }
}
