@file:JvmName("-TokenProvider") // Not a name in Java.

package dev.scanlogin

import dev.scanlogin.ffi.TokenException
import java.lang.ref.WeakReference
import java.util.concurrent.ConcurrentLinkedQueue
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.withContext

/**
 * The app's own code that hands out the signed-in user's token. Called on a background thread. It may take its time: the call
 * that needs the token ends within its timeout all the same, and other calls go on.
 *
 * It is asked before each call. The token is not kept; the user's id is, for as long as the login. Up to 16 calls of one client may
 * wait for a provider that blocks its thread; the next ones wait for those.
 */
public fun interface TokenProvider {
    /**
     * The user's token, or null when nobody is signed in ([ScanLoginException.SignedOut]). What it throws fails the call with
     * [ScanLoginException.TokenFailed], which names the type of what was thrown and nothing else of it.
     *
     * @param refresh whether it must be a fresh one: the server did not take the last. Asked once for all calls that run at the same
     *   time; calls that follow without it must get the fresh one too
     */
    public suspend fun token(refresh: Boolean): UserToken?

    public companion object {
        /** A provider in Java. [source] is called on a background thread, and answers on any thread. */
        @JvmStatic
        public fun callingBack(source: Source): TokenProvider = TokenProvider { refresh ->
            val token = CompletableDeferred<UserToken?>()
            source.token(refresh, object : Answer {
                override fun token(answer: UserToken?) {
                    token.complete(answer)
                }

                override fun failed(reason: Throwable) {
                    token.completeExceptionally(reason)
                }
            })
            token.await()
        }
    }

    /** [TokenProvider.token] as Java writes it. */
    public fun interface Source {
        /** Must lead to one call of [answer], now or later; the first counts. */
        public fun token(refresh: Boolean, answer: Answer)
    }

    /** Takes the token. */
    public interface Answer {
        /** The user's token, or null when nobody is signed in. */
        public fun token(answer: UserToken?)

        /** The app could not find out now. */
        public fun failed(reason: Throwable)
    }
}

/**
 * The signed-in user's token. It prints without it.
 *
 * @param token the id token, else the access token, without `Bearer`
 * @param userId the user's id. By it the library tells when another user took the code ([ScanLoginException.TakenByAnotherUser]), and
 *   when another user has signed in to the app between scanning and deciding ([ScanLoginException.UserChanged]). Without it, a
 *   decision is sent with the other user's token
 */
public class UserToken @JvmOverloads constructor(private val token: String, private val userId: String? = null) {
    @JvmSynthetic
    internal fun toFfi(): dev.scanlogin.ffi.UserToken {
        if (!token.isWellFormed() || userId?.isWellFormed() == false) throw TokenException.Failed("the token or the user's id is malformed UTF-16")
        return dev.scanlogin.ffi.UserToken(token, userId)
    }

    override fun toString(): String = "UserToken([redacted])"
}

/** What an app gives its client to call. */
internal class Callbacks(val tokens: TokenProvider, val guard: ConfirmGuard?)

/**
 * The app's callbacks, as the library knows them. It holds this for as long as the client lives, so this holds them weakly: one that
 * refers to its client would keep it for ever. What the app holds refers to them, and a call holds them on to its end.
 */
internal class AppCode(callbacks: Callbacks) {
    private val weakly = WeakReference(callbacks)
    private val held = ConcurrentLinkedQueue<Callbacks>()

    /** Null when the app has dropped all that refers to them. */
    val callbacks: Callbacks? get() = weakly.get()

    inline fun <T> holding(callbacks: Callbacks, call: () -> T): T {
        held.add(callbacks)
        try {
            return call()
        } finally {
            held.remove(callbacks)
        }
    }
}

/** The app's provider, as the library calls it. */
internal class AppTokens(private val app: AppCode) : dev.scanlogin.ffi.TokenProvider {
    private val threads = threads(16)

    override suspend fun token(refresh: Boolean): dev.scanlogin.ffi.UserToken? {
        // Not signed out: that would be for the app to say.
        val tokens = app.callbacks?.tokens ?: throw TokenException.Failed("the app has dropped the client")
        return try {
            withContext(threads) { tokens.token(refresh) }?.toFfi()
        } catch (failed: TokenException) {
            throw failed
        } catch (thrown: Throwable) {
            // Its text could hold secrets. The generated code would never answer for one that is no Exception.
            throw TokenException.Failed(thrown.javaClass.name)
        }
    }
}

internal fun String.isWellFormed(): Boolean = wellFormed() == this

/** With a replacement character for each half of a surrogate pair that is alone. */
internal fun String.wellFormed(): String = String(toByteArray(Charsets.UTF_16), Charsets.UTF_16)
