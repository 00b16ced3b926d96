import Foundation

/// The phone's part of the scan-code login, for one signed-in user of one user pool. `ScanLoginClient` does it; in an app's own
/// tests, something else can stand in for it.
///
/// Everything here may be called from any thread and any actor, the main one included. What takes time is `async` and moves
/// elsewhere by itself. What fails throws a `ScanLoginError`, or a `CancellationError` at once when its task is cancelled, and
/// nothing else.
public protocol ScanLoginClientProtocol: Sendable {
    /// Opens the connection and learns the server's time, so that the calls after it take less time. Worth calling while the
    /// user is still aiming; not needed for anything else.
    func warmUp() async throws

    /// Issues a PIN for the next login, where the configuration requires one (`requiresBindingPIN`): the app shows it, its user types
    /// it into the web page, and the page puts it into the code that it makes then. A code without it, with another, or that may
    /// have been made before, is refused with `.notBound`, and makes no request.
    ///
    /// It is good for one code and for 5 minutes. It voids the one before, and is void once codes with five other PINs were seen.
    /// Learns the server's time first, as `warmUp()` does.
    func bindingPIN() async throws -> BindingPIN

    /// Finds the login code in an encoded image: PNG, JPEG, WebP, GIF or BMP, detected from its content. Other QR codes beside
    /// it are ignored. Makes no request.
    func readImage(_ image: Data) async throws -> LoginCode

    /// Finds the login code in an image that the platform has decoded, with the same care. Makes no request.
    func readFrame(_ frame: CameraFrame) async throws -> LoginCode

    /// Checks the text of a QR code that something else has read. Makes no request.
    func readText(_ text: String) throws -> LoginCode

    /// Checks the code that a link carries, which opened the app. It is the parameter `login_code` of the link's query or fragment,
    /// percent-encoded. Makes no request, and the link is not followed.
    ///
    /// Throws `.sourceNotAllowed` unless `.link` is among the configured `allowedSources`.
    func readLink(_ link: URL) throws -> LoginCode

    /// Makes a scanner for one camera preview, for code that is called with each frame. `scan(_:)` is the same for a sequence.
    func makeFrameScanner() -> any FrameScanner

    /// Tells the server that the user has scanned the code; the web page then shows who did.
    ///
    /// A code that was marked scanned before is not marked again: this gives the same login, or throws `.alreadyDecided`. After
    /// an error that `isRetryable`, call it again.
    func scanned(_ code: LoginCode) async throws -> any PendingLogin

    /// Says that the phone has moved to another network: connections of the old one are not used again. `ScanLoginClient` finds
    /// that out by itself on Apple's platforms.
    func networkChanged()
}

extension ScanLoginClientProtocol {
    /// Looks for a login code in the frames of a camera, one at a time, until they end. It works on a background thread, for
    /// some ten milliseconds a frame. Frames that come while it, or who listens, is busy are dropped, but for the latest. Makes
    /// no request.
    public func scan<Frames: AsyncSequence & Sendable>(_ frames: Frames) -> AsyncStream<FrameResult>
    where Frames.Element == CameraFrame {
        let scanner = makeFrameScanner()
        let (latest, camera) = AsyncStream.makeStream(of: CameraFrame.self, bufferingPolicy: .bufferingNewest(1))
        let feeding = Task {
            // A camera that fails ends the sequence, as one that stops does.
            do { for try await frame in frames { camera.yield(frame) } } catch {}
            camera.finish()
        }
        camera.onTermination = { _ in feeding.cancel() }
        return AsyncStream {
            var waiting = latest.makeAsyncIterator()
            guard let frame = await waiting.next() else { return nil }
            return scanner.scan(frame)
        }
    }
}
