import Foundation
import ScanLogin
import Testing

private let origin = "https://login.example.com"

private func link(_ text: String) throws -> URL {
    let encoded = text.addingPercentEncoding(withAllowedCharacters: .alphanumerics)!
    return try #require(URL(string: "\(origin)/scan#login_code=\(encoded)"))
}

@Suite struct PolicyTests {
    private func client(_ server: Server, _ configure: (inout ScanLoginConfig) -> Void) async throws -> ScanLoginClient {
        var config = server.config()
        configure(&config)
        return try ScanLoginClient(config, tokens: Tokens(try await server.issueToken("user-alice"), "user-alice"))
    }

    private func kind<Value>(_ call: () async throws -> Value) async -> ScanLoginError.Kind? {
        (await thrown(by: call) as? ScanLoginError)?.kind
    }

    /// What a scanner says of a code at last.
    private func seen(_ client: ScanLoginClient, _ plane: Data) -> FrameResult {
        let scanner = client.makeFrameScanner()
        while true {
            switch scanner.scan(frame(plane)) {
            case .found(let code, let corners): return .found(code, corners: corners)
            case .refused(let error): return .refused(error)
            default: continue
            }
        }
    }

    @Test func aCodeKnowsWhereItWasReadAndKeepsThatOnItsWayToScanned() async throws {
        let server = try Server()
        let random = try await server.makeCode()
        let text = try await server.text(random)
        let all = try await client(server) {
            $0.allowedSources = [.camera, .image, .text, .link]
            $0.allowedLinkOrigins = [URL(string: origin)!]
        }
        let linked = try all.readLink(try link(text))
        #expect(linked.source == .link)
        #expect(try all.readText(text).source == .text)
        #expect(Set([linked, try all.readText(text)]) == [linked], "they say the same")
        #expect(try await all.readImage(try await server.png(random)).source == .image)
        let plane = try await server.plane(random)
        #expect(try await all.readFrame(frame(plane)).source == .image)
        guard case .found(let code, _) = seen(all, plane) else {
            Issue.record("not found")
            return
        }
        #expect(code.source == .camera)

        // By default links are refused, also those that another client has read.
        let usual = try await server.client()
        #expect(await kind { try usual.readLink(try link(text)) } == .sourceNotAllowed(found: .link))
        #expect(await kind { try await usual.scanned(linked) } == .sourceNotAllowed(found: .link))
        let foreign = URL(string: try link(text).absoluteString.replacingOccurrences(of: "login.", with: "evil."))!
        #expect(await kind { try all.readLink(foreign) } == .notALoginCode(.foreignLink))
        // The picture alone.
        #expect(try await server.requests() == 1)
        try await all.scanned(linked).confirm()
        #expect(try await server.status(random) == "Confirmed")
    }

    @Test func eachSourceCanBeRefusedAndLongLives() async throws {
        let server = try Server()
        let text = try await server.text(try await server.makeCode())
        let cameraOnly = try await client(server) { $0.allowedSources = [.camera] }
        #expect(await kind { try cameraOnly.readText(text) } == .sourceNotAllowed(found: .text))
        #expect(await kind { try await cameraOnly.readImage(Data([1])) } == .sourceNotAllowed(found: .image))
        let brief = try await client(server) { $0.maxCodeLife = 119 }
        #expect(await kind { try brief.readText(text) } == .lifeTooLong)
        _ = try await client(server) { $0.maxCodeLife = 120 }.readText(text)
        #expect(try await server.requests() == 0)
    }

    @Test func claimsAndWarningsAreSafeToShow() async throws {
        let server = try Server()
        let random = try await server.makeCode(customData: #"{"where":"\u202Eemoh\nta","n":[1]}"#)
        let code = try await server.client().readText(try await server.text(random))
        #expect(code.claims == [Claim(name: "n", value: "[1]"), Claim(name: "where", value: "emoh ta")])
        #expect(code.warnings == [])
        #expect(details(code).last == "The page says of where: “emoh ta”")
        let weak = #"{"scene":"APP_AUTH","random":"r","userPoolId":"\#(server.pool)"}"#
        #expect(try await server.client().readText(weak).warnings == [.shortID, .unknownLife])
    }

    @Test func aCodeWithThePINIsApprovedAndNoOtherMakesARequest() async throws {
        let server = try Server()
        let client = try await client(server) { $0.beStrict() }
        let issued = try await client.bindingPIN()
        #expect(issued.digits.count == 6 && issued.validForSeconds == 300)
        var printed = "\(issued) \(String(reflecting: issued))"
        dump(issued, to: &printed)
        #expect(!printed.contains(issued.digits))
        var pin = ""
        try await showPIN(client) { pin = $0 }

        func result(_ customData: String) async throws -> FrameResult {
            seen(client, try await server.plane(try await server.makeCode(customData: customData)))
        }
        func flaw(_ result: FrameResult) -> ScanLoginError.Kind? {
            if case .refused(let error) = result { error.kind } else { nil }
        }
        #expect(flaw(try await result("{}")) == .notBound(.missingPIN))
        #expect(flaw(try await result(#"{"bindingPin":"x"}"#)) == .notBound(.wrongPIN))
        #expect(try await server.requests() == 2)

        // Until the second in which the PIN was issued is over by the server's clock.
        let good = #"{"bindingPin":"\#(pin)"}"#
        var last = try await result(good)
        while let problem = flaw(last) {
            try #require(problem == .notBound(.madeBeforePIN))
            try await Task.sleep(for: .milliseconds(100))
            last = try await result(good)
        }
        #expect(try await server.requests() == 2)
        guard case .found(let code, _) = last else { return }
        #expect(code.claims == [])
        try await client.scanned(code).confirm()
        #expect(flaw(try await result(good)) == .notBound(.noPIN))
    }
}
