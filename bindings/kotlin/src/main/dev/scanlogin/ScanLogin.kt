package dev.scanlogin

import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.buffer
import kotlinx.coroutines.flow.emitAll
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.flowOn

/**
 * The phone's part of the scan-code login, for one signed-in user of one user pool. Apps use a [ScanLoginClient]; their own
 * tests can put something else in its place.
 *
 * Everything may be called from any thread, the main thread included: what takes time is suspending, and moves elsewhere by
 * itself. Calls fail with a [ScanLoginException], or with a `CancellationException` when their coroutine is cancelled, which ends
 * the waiting at once, and with nothing else.
 */
public interface ScanLogin {
    /**
     * Opens the connection and learns the server's time, so that the calls after it take less time. Worth calling while the user
     * is still aiming; not needed for anything else.
     */
    public suspend fun warmUp()

    /**
     * Issues a PIN for the next login, where the configuration [requires one][ScanLoginConfig.Builder.requireBindingPin]: the app shows
     * it, its user types it into the web page, and the page puts it into the code that it makes then. A code without it, with another,
     * or that may have been made before, is refused with [ScanLoginException.NotBound], and makes no request.
     *
     * It is good for one code and for 5 minutes. It voids the one before, and is void once codes with five other PINs were seen. Learns
     * the server's time first, as [warmUp] does.
     */
    public suspend fun bindingPin(): BindingPin

    /**
     * Finds the login code in an encoded image: PNG, JPEG, WebP, GIF or BMP, detected from its content. Other QR codes beside it are
     * ignored. Makes no request.
     */
    public suspend fun readImage(image: ByteArray): LoginCode

    /** Finds the login code in a picture that the platform has decoded, with the same care; closes it. Makes no request. */
    public suspend fun readFrame(frame: CameraFrame): LoginCode

    /** Checks the text of a QR code that something else has read. Makes no request. */
    @Throws(ScanLoginException::class)
    public fun readText(text: String): LoginCode

    /**
     * Checks the code that a link carries, which opened the app: `intent.dataString`, for example. It is the parameter `login_code` of
     * the link's query or fragment, percent-encoded. Makes no request, and the link is not followed.
     *
     * Refused with [ScanLoginException.SourceNotAllowed] unless [CodeSource.LINK] is among the configured
     * [allowed sources][ScanLoginConfig.Builder.allowedSources].
     */
    @Throws(ScanLoginException::class)
    public fun readLink(link: String): LoginCode

    /** A scanner for one camera preview, for an analyzer that is called with each frame. [scan] is the same for a flow. */
    public fun frameScanner(): FrameScanner

    /**
     * Looks for a login code in the frames of a camera preview, one at a time, until they end. Frames that come while that, or who
     * collects the results, is busy are dropped, but for the latest. Every frame is closed. Makes no request.
     *
     * @param dispatcher where the frames are looked at, for some ten milliseconds each
     */
    public fun scan(frames: Flow<CameraFrame>, dispatcher: CoroutineDispatcher = Dispatchers.Default): Flow<FrameResult> =
        flow { emitAll(frameScanner().scan(frames)) }.buffer(Channel.RENDEZVOUS).flowOn(dispatcher)

    /**
     * Tells the server that the user has scanned the code; the web page then shows who did.
     *
     * A code that was marked scanned before is not marked again: it gives the same login, or
     * [ScanLoginException.AlreadyDecided]. After an error that [ScanLoginException.isRetryable], call it again.
     */
    public suspend fun scanned(code: LoginCode): PendingLogin

    /**
     * Says that the phone has moved to another network: connections of the old one are not used again. Without this, the next call
     * has to find out that they are dead, which takes time. `ConnectivityManager` tells an app that has the permission for it.
     */
    public fun networkChanged()

    public companion object {
        /**
         * Loads the library, which takes about a tenth of a second, once in a process. Otherwise the first client does it. Call this
         * on a background thread when the app starts. Where there is no library for this machine it throws `UnsatisfiedLinkError`, as
         * does every client.
         */
        @JvmStatic
        public fun load() {
            ScanLoginClient(ScanLoginConfig("app", "pool", "https://127.0.0.1")) { null }
        }

        /**
         * Sends what the library logs to [sink], from now on and for all clients, or to nobody. There is one sink; the newest
         * counts. Does not load the library, nor wait for it.
         */
        @JvmStatic
        public fun setLogSink(sink: LogSink?): Unit = LogSinks.set(sink)
    }
}
