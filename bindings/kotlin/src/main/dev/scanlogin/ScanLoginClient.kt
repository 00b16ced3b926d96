@file:JvmName("-ScanLoginClient") // Not a name in Java.

package dev.scanlogin

import dev.scanlogin.ffi.CallException
import dev.scanlogin.ffi.Client
import dev.scanlogin.ffi.uniffiEnsureInitialized
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.async
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.conflate
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.withContext

/**
 * A client for one signed-in user of one user pool, on one host. Any number can live side by side. There is nothing to close: it
 * is freed when the app no longer refers to it, also when [tokens] or [guard] refers to it.
 *
 * The first one in a process loads the library, see [ScanLogin.load].
 *
 * @param tokens asked for the user's token before each call
 * @param guard verifies the user before each confirm; null for none
 * @throws ScanLoginException.Config when the configuration cannot work
 * @throws UnsatisfiedLinkError where there is no library for this machine
 */
public class ScanLoginClient @Throws(ScanLoginException::class) constructor(
    private val config: ScanLoginConfig,
    tokens: TokenProvider,
    guard: ConfirmGuard?,
) : ScanLogin {
    /** A client without a guard. */
    @Throws(ScanLoginException::class)
    public constructor(config: ScanLoginConfig, tokens: TokenProvider) : this(config, tokens, null)

    private val callbacks = Callbacks(tokens, guard)
    private val app = AppCode(callbacks)
    private val client = loaded { Client(config.ffi, AppTokens(app), guard?.let { AppGuard(app) }) }

    override suspend fun warmUp(): Unit = calling { client.warmUp(null) }

    override suspend fun bindingPin(): BindingPin = calling { client.bindingPin(null) }.let { BindingPin(it.digits, it.validForSeconds) }

    override suspend fun readImage(image: ByteArray): LoginCode = LoginCode(calling { client.readImage(image, null) })

    override suspend fun readFrame(frame: CameraFrame): LoginCode = frame.use {
        val luma = withContext(CALLS) { frame.look { plane -> ByteArray(plane.remaining()).also { plane.get(it) } } }
        val (width, height, rowStride, pixelStride) = frame.layout
        LoginCode(calling { client.readFrame(luma, width, height, rowStride, pixelStride, null) })
    }

    @Throws(ScanLoginException::class)
    override fun readText(text: String): LoginCode {
        val bytes = try {
            text.encodeToByteArray(throwOnInvalidSequence = true)
        } catch (_: CharacterCodingException) {
            text.toByteArray(Charsets.UTF_16) // Which is not UTF-8, and is refused as that.
        }
        return LoginCode(orThrow { client.readText(bytes) })
    }

    @Throws(ScanLoginException::class)
    override fun readLink(link: String): LoginCode = LoginCode(orThrow { client.readLink(link.wellFormed()) })

    override fun frameScanner(): FrameScanner = NativeFrameScanner(client.frameScanner())

    override suspend fun scanned(code: LoginCode): PendingLogin = app.holding(callbacks) {
        NativeLogin(code, calling { client.scanned(code.text, code.source.toFfi(), null) }, app, callbacks)
    }

    override fun networkChanged(): Unit = client.networkChanged()

    override fun toString(): String = "ScanLoginClient($config)"
}

internal class NativeLogin(
    override val code: LoginCode,
    private val login: dev.scanlogin.ffi.PendingLogin,
    private val app: AppCode,
    private val callbacks: Callbacks,
) : PendingLogin {
    override val currentProgress: LoginProgress get() = login.progress().toPublic()

    override val progress: Flow<LoginProgress> = flow {
        var next: dev.scanlogin.ffi.LoginProgress? = login.progress()
        while (next != null) {
            val last = next
            emit(last.toPublic())
            next = calling { login.progressAfter(last, null) }
        }
    }.conflate()

    override suspend fun confirm(): Unit = deciding { login.confirm(null) }

    override suspend fun cancel(): Unit = deciding { login.cancel(null) }

    override suspend fun refresh(): LoginState = calling { login.refresh(null) }.toPublic()

    /** A decision goes on to its end, with the user's token, though its caller is cancelled and the app drops the client. */
    private suspend fun deciding(call: suspend () -> Unit) {
        currentCoroutineContext().ensureActive()
        DECISIONS.async { app.holding(callbacks) { orThrow { call() } } }.await()
    }

    override fun toString(): String = "PendingLogin($code, $state)"
}

/** A call of the library, away from the caller's thread, with its errors as apps know them. */
internal suspend inline fun <T> calling(crossinline call: suspend () -> T): T = withContext(CALLS) { orThrow { call() } }

/** A call once the library is loaded. */
private inline fun <T> loaded(call: () -> T): T {
    try {
        uniffiEnsureInitialized()
    } catch (missing: LinkageError) {
        val platform = com.sun.jna.Platform.RESOURCE_PREFIX
        throw UnsatisfiedLinkError("scan-login has no library for $platform that can be loaded").apply { initCause(missing) }
    }
    LogSinks.install()
    return orThrow(call)
}

internal inline fun <T> orThrow(call: () -> T): T = try {
    call()
} catch (failed: CallException.Failed) {
    throw failed.details.toException()
}

/** Threads of its own, more of them when all are taken: whatever an app blocks, calls go on. */
@OptIn(ExperimentalCoroutinesApi::class)
internal fun threads(most: Int): CoroutineDispatcher = Dispatchers.IO.limitedParallelism(most)

private val CALLS = threads(64)
private val DECISIONS = CoroutineScope(SupervisorJob() + CALLS)
