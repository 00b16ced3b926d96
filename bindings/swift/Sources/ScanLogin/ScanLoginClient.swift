import Foundation
internal import ScanLoginGenerated

/// A client for one signed-in user of one user pool, on one host. Any number can live side by side.
///
/// There is nothing to close: it is freed when the app no longer refers to it, also when its token provider keeps it.
public final class ScanLoginClient: ScanLoginClientProtocol, CustomReflectable {
    private let client: ScanLoginGenerated.Client
    private let tokens: AppTokens
    private let confirmGuard: AppGuard?
    private let network: NetworkMonitor

    /// Makes a client that asks `tokens` for the user's token before each call, and `confirmGuard`, if there is one, to verify the user
    /// before each confirm.
    ///
    /// Like a delegate, each of the two is referred to weakly when it is an object, so that it may keep this client: the app keeps it.
    /// It is kept while a decision goes on.
    ///
    /// - Throws: `ScanLoginError` of the kind `.config` when the configuration cannot work.
    public init(_ config: ScanLoginConfig, tokens: any TokenProvider, confirmGuard: (any ConfirmGuard)? = nil) throws {
        let tokens = AppTokens(tokens)
        let confirmGuard = confirmGuard.map(AppGuard.init)
        let client = try translatingErrors { try Client(config: config.generated, tokens: tokens, guard: confirmGuard) }
        self.client = client
        self.tokens = tokens
        self.confirmGuard = confirmGuard
        network = NetworkMonitor { client.networkChanged() }
    }

    /// Prepares what the first client of a process needs, on a background thread. Worth calling when the app starts; not
    /// needed for anything else.
    public static func load() async {
        struct Nobody: TokenProvider {
            func token(refresh: Bool) async throws -> UserToken? { nil }
        }
        _ = URL(string: "https://127.0.0.1").map { url in
            try? ScanLoginClient(ScanLoginConfig(appID: "app", userPoolID: "pool", baseURL: url), tokens: Nobody())
        }
    }

    /// Sends what the library logs to `sink`, from now on and for all clients, or to nobody. There is one sink; the newest counts.
    ///
    /// Lines hold paths, codes and durations, never a token or a code's secret; the second value names the part of the library
    /// that a line comes from. The sink is called on a thread of its own, one line after the other, and nothing waits for it. Up
    /// to 256 lines wait for a sink that is slow; how many more were dropped is said in the next line.
    public static func setLogSink(_ sink: (@Sendable (_ level: LogLevel, _ target: String, _ text: String) -> Void)?) {
        ScanLoginGenerated.setLogSink(sink: sink.map(AppSink.init))
    }

    public func warmUp() async throws {
        try await calling { try await client.warmUp(cancel: $0) }
    }

    public func bindingPIN() async throws -> BindingPIN {
        let pin = try await calling { try await client.bindingPin(cancel: $0) }
        return BindingPIN(digits: pin.digits, validForSeconds: Int(pin.validForSeconds))
    }

    public func readImage(_ image: Data) async throws -> LoginCode {
        LoginCode(try await calling { try await client.readImage(image: image, cancel: $0) })
    }

    public func readFrame(_ frame: CameraFrame) async throws -> LoginCode {
        LoginCode(
            try await calling {
                try await client.readFrame(
                    luma: frame.luma, width: frame.width, height: frame.height, rowStride: frame.rowStride,
                    pixelStride: frame.pixelStride, cancel: $0)
            })
    }

    public func readText(_ text: String) throws -> LoginCode {
        LoginCode(try translatingErrors { try client.readText(text: Data(text.utf8)) })
    }

    public func readLink(_ link: URL) throws -> LoginCode {
        LoginCode(try translatingErrors { try client.readLink(link: link.absoluteString) })
    }

    public func makeFrameScanner() -> any FrameScanner { NativeFrameScanner(scanner: client.frameScanner()) }

    public func scanned(_ code: LoginCode) async throws -> any PendingLogin {
        let provider = tokens.provider
        defer { withExtendedLifetime(provider) {} }
        let login = try await calling { try await client.scanned(code: code.text, source: code.source.generated, cancel: $0) }
        return NativeLogin(code: code, login: login, tokens: tokens, confirmGuard: confirmGuard)
    }

    public func networkChanged() { client.networkChanged() }

    /// Shows nothing: the app's token provider and guard could be seen.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// How much a line of the log matters.
public enum LogLevel: Sendable {
    /// Something that needs a person's attention.
    case warn
    /// What the library decided, and why.
    case info
    /// Each request.
    case debug
}

private final class AppSink: LogSink {
    private let sink: @Sendable (LogLevel, String, String) -> Void

    init(_ sink: @escaping @Sendable (LogLevel, String, String) -> Void) { self.sink = sink }

    func log(level: ScanLoginGenerated.LogLevel, target: String, text: String) {
        let level: LogLevel =
            switch level {
            case .warn: .warn
            case .info: .info
            case .debug: .debug
            }
        sink(level, target, text)
    }
}
