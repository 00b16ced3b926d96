@file:JvmName("-PendingLogin") // Not a name in Java.

package dev.scanlogin

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.SharingStarted
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.stateIn

/**
 * A login that was marked scanned and waits for the user's decision. It is freed by itself.
 *
 * The first decision counts. Making the same one again, also at the same time, gives the same result without another request.
 * The other one waits for the first, and fails with [ScanLoginException.AlreadyDecided] once that is done.
 *
 * A decision goes on to its end when its caller is cancelled, and when the app drops the login: whether it was done can be asked
 * afterwards, with [refresh] or by making it again.
 */
public interface PendingLogin {
    /** What the code says. */
    public val code: LoginCode

    /** How far the login has come, and how much time is left, as far as is known without asking the server. */
    public val currentProgress: LoginProgress

    /** How far the login has come, as far as is known without asking the server. */
    public val state: LoginState get() = currentProgress.state

    /** The progress as it changes, once a second at least while time runs out. It ends when the login does. */
    public val progress: Flow<LoginProgress>

    /** [progress] for a user interface. It is kept up to date until the login ends, or [scope] does. */
    public fun progress(scope: CoroutineScope): StateFlow<LoginProgress> =
        progress.stateIn(scope, SharingStarted.Eagerly, currentProgress)

    /** Asks the server how far the login has come, such as when the app comes back to the front. Tells it nothing. */
    public suspend fun refresh(): LoginState

    /**
     * Signs the web page in. Safe to call again after any error, on this same login: if the outcome of the last call is not known,
     * the server is asked first, and told only if it was not done.
     *
     * When the client has a [ConfirmGuard], that is asked first, and nothing is sent without its consent
     * ([ScanLoginException.UserNotVerified]). Calls at the same time share the question, a later call asks again, and none asks
     * for what is done already. The guard's time is not part of the timeout. [cancel] withdraws the question.
     */
    public suspend fun confirm()

    /**
     * Tells the web page no. Behaves as [confirm] does, but asks no guard: as long as one is asked, declining is still the first
     * decision.
     */
    public suspend fun cancel()
}

/**
 * How far a login has come, and how much time is left to decide.
 *
 * @property state how far it has come
 * @property remainingSeconds the time left of the code's life, rounded up, by the server's clock; also when the login has ended. Zero
 *   once the code has expired, null when the code does not say when it expires
 */
public data class LoginProgress(public val state: LoginState, public val remainingSeconds: Long?)

/** How far a login has come. */
public enum class LoginState {
    /** Marked scanned; the user may decide. */
    SCANNED,
    /** The user agreed, and the app's [ConfirmGuard] verifies that it is them. Nothing was sent, and it may still be declined. */
    VERIFYING,
    /** The user agreed, and the server is being told. */
    CONFIRMING,
    /** The user declined, and the server is being told. */
    CANCELLING,
    /** The web page is signed in. Final. */
    CONFIRMED,
    /** The web page was told no. Final. */
    CANCELLED,
    /** A decision was sent, and it could not be learned whether it was done. Deciding again asks first. */
    OUTCOME_UNKNOWN,
    /** The code expired before a decision was made. Final; where only the clocks say so, [PendingLogin.refresh] may learn otherwise. */
    EXPIRED,
    /** The server did not know the code when it was last told of a decision. Deciding again asks again. */
    CODE_GONE,
    /** Another user took the code. Final. */
    TAKEN_BY_ANOTHER_USER,
    ;

    /** Whether the login has ended. */
    public val isFinal: Boolean
        get() = when (this) {
            CONFIRMED, CANCELLED, EXPIRED, TAKEN_BY_ANOTHER_USER -> true
            SCANNED, VERIFYING, CONFIRMING, CANCELLING, OUTCOME_UNKNOWN, CODE_GONE -> false
        }
}

internal fun dev.scanlogin.ffi.LoginProgress.toPublic() = LoginProgress(state.toPublic(), remainingSeconds)

internal fun dev.scanlogin.ffi.LoginState.toPublic(): LoginState = when (this) {
    dev.scanlogin.ffi.LoginState.SCANNED -> LoginState.SCANNED
    dev.scanlogin.ffi.LoginState.VERIFYING -> LoginState.VERIFYING
    dev.scanlogin.ffi.LoginState.CONFIRMING -> LoginState.CONFIRMING
    dev.scanlogin.ffi.LoginState.CANCELLING -> LoginState.CANCELLING
    dev.scanlogin.ffi.LoginState.CONFIRMED -> LoginState.CONFIRMED
    dev.scanlogin.ffi.LoginState.CANCELLED -> LoginState.CANCELLED
    dev.scanlogin.ffi.LoginState.OUTCOME_UNKNOWN -> LoginState.OUTCOME_UNKNOWN
    dev.scanlogin.ffi.LoginState.EXPIRED -> LoginState.EXPIRED
    dev.scanlogin.ffi.LoginState.CODE_GONE -> LoginState.CODE_GONE
    dev.scanlogin.ffi.LoginState.TAKEN_BY_ANOTHER_USER -> LoginState.TAKEN_BY_ANOTHER_USER
}
