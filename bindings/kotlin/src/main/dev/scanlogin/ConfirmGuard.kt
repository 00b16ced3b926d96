@file:JvmName("-ConfirmGuard") // Not a name in Java.

package dev.scanlogin

import dev.scanlogin.ffi.GuardException
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.withContext

/**
 * The app's own code that verifies, before a confirm is sent, that it is the user who agrees: with biometrics or the phone's PIN.
 * Called on a background thread, for each [PendingLogin.confirm] of a client that was made with it, and for no [PendingLogin.cancel].
 *
 * Only a consent that was made from the same request, and not longer ago than [ScanLoginConfig.Builder.consentMaxAge], lets the
 * confirm be sent. Whatever else the guard does, nothing is sent, and the confirm fails with [ScanLoginException.UserNotVerified].
 */
public fun interface ConfirmGuard {
    /**
     * Verifies the user, and returns what [ConfirmRequest.approve] makes once that has succeeded, or null when the user said no.
     * What it throws is named in the exception by its type, and nothing else of it is.
     *
     * It has two minutes, and not longer than the code lives. Then, and when the user declines the login meanwhile, the coroutine is
     * cancelled: close the question.
     */
    public suspend fun verifyUser(request: ConfirmRequest): Consent?

    public companion object {
        /** A guard in Java. [source] is called on a background thread, and answers on any thread. */
        @JvmStatic
        public fun callingBack(source: Source): ConfirmGuard = ConfirmGuard { request ->
            val consent = CompletableDeferred<Consent?>()
            source.verifyUser(request, object : Answer {
                override fun consent(answer: Consent?) {
                    consent.complete(answer)
                }

                override fun failed(reason: Throwable) {
                    consent.completeExceptionally(reason)
                }
            })
            consent.await()
        }
    }

    /** [ConfirmGuard.verifyUser] as Java writes it. */
    public fun interface Source {
        /** Must lead to one call of [answer], now or later; the first counts. */
        public fun verifyUser(request: ConfirmRequest, answer: Answer)
    }

    /** Takes the consent. */
    public interface Answer {
        /** What [ConfirmRequest.approve] made, or null when the user said no. */
        public fun consent(answer: Consent?)

        /** The user could not be verified. */
        public fun failed(reason: Throwable)
    }
}

/** What a [ConfirmGuard] is asked to consent to: one confirm of one login. */
public class ConfirmRequest private constructor(
    private val request: dev.scanlogin.ffi.ConfirmRequest?,
    /** The request's own id, random, such as for a key to sign which the phone releases for the user alone. */
    public val id: String,
    /** What the code of the login says, as the user was shown it. */
    public val code: LoginCode,
) {
    /** A request as an app's own tests need it. Its consent lets nothing be sent. */
    public constructor(code: LoginCode) : this(null, "test", code)

    internal constructor(request: dev.scanlogin.ffi.ConfirmRequest) : this(request, request.id(), LoginCode(request.code()))

    /** The consent to this request. To be made once the user was verified: it begins to age here. */
    public fun approve(): Consent = Consent(request?.approve())

    override fun toString(): String = "ConfirmRequest($id, $code)"
}

/** The consent to one [ConfirmRequest]. */
public class Consent internal constructor(@get:JvmSynthetic internal val consent: dev.scanlogin.ffi.Consent?) {
    override fun toString(): String = "Consent"
}

/** The app's guard, as the library calls it. */
internal class AppGuard(private val app: AppCode) : dev.scanlogin.ffi.ConfirmGuard {
    private val threads = threads(16)

    override suspend fun verifyUser(request: dev.scanlogin.ffi.ConfirmRequest): dev.scanlogin.ffi.Consent? {
        val guard = app.callbacks?.guard ?: throw GuardException.Failed("the app has dropped the client")
        return try {
            withContext(threads) { guard.verifyUser(ConfirmRequest(request)) }?.consent
        } catch (thrown: Throwable) {
            // Its text could hold secrets. The generated code would never answer for one that is no Exception.
            throw GuardException.Failed(thrown.javaClass.name)
        }
    }
}
