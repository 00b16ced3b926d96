package com.example.approve.model

import dev.scanlogin.FrameResult
import dev.scanlogin.FrameScanner
import dev.scanlogin.LoginCode
import dev.scanlogin.LoginState
import dev.scanlogin.PendingLogin
import dev.scanlogin.ScanLogin
import dev.scanlogin.ScanLoginException
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.cancel
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.launch

/** What the screen shows. */
sealed interface Screen {
    /** The camera looks for a code, and [ApprovalModel.sight] says what it sees. */
    data object Scanning : Screen

    /** A picture is read, and the server is told that the code was scanned. */
    data object Opening : Screen

    /** There is no login to decide about. */
    data class Failed(val error: ScanLoginException) : Screen

    /**
     * The user is asked.
     *
     * @property claim what the web page says about itself
     * @property mayDecide whether the buttons can be tapped: not while a decision is on its way or its outcome is not known
     * @property error why the last decision was not made, as far as is known
     */
    data class Deciding(
        val claim: String?,
        val remainingSeconds: Long?,
        val mayDecide: Boolean,
        val isBusy: Boolean,
        val error: ScanLoginException?,
    ) : Screen

    /** The login is over. */
    data class Ended(val ending: Ending) : Screen
}

/** How a login ended. */
enum class Ending { CONFIRMED, CANCELLED, EXPIRED, TAKEN }

/**
 * The screen's state. It outlives the activity when the phone is turned. Everything is called on one thread, that of [dispatcher].
 */
class ApprovalModel(private val scanLogin: ScanLogin, dispatcher: CoroutineDispatcher) {
    private val scope = CoroutineScope(SupervisorJob() + dispatcher)
    private val shown = MutableStateFlow<Screen>(Screen.Scanning)
    private val seen = MutableStateFlow(Sight())
    private var login: PendingLogin? = null
    private var following: Job? = null
    private var error: ScanLoginException? = null
    private var isBusy = false
    private var lastStep: suspend () -> Unit = {}

    val screen: StateFlow<Screen> = shown
    val sight: StateFlow<Sight> = seen

    init {
        // So that the first code is opened faster. If it fails, the calls that need the connection say why.
        scope.launch { ignoringErrors { scanLogin.warmUp() } }
    }

    /** For one camera preview. */
    fun frameScanner(): FrameScanner = scanLogin.frameScanner()

    /** What the camera saw. Frames that come late, when the screen has moved on, are ignored. */
    fun onFrame(result: FrameResult) {
        if (shown.value != Screen.Scanning) return
        seen.value = seen.value.after(result)
        if (result is FrameResult.Found) step { follow(scanLogin.scanned(result.code)) }
    }

    /** The user chose a picture; [read] finds its code. */
    fun onPicture(read: suspend (ScanLogin) -> LoginCode) {
        if (shown.value == Screen.Scanning) step { follow(scanLogin.scanned(read(scanLogin))) }
    }

    fun onAgree() = decide { it.confirm() }

    fun onDecline() = decide { it.cancel() }

    /** The same step on the same login: when the outcome is not known, that asks the server before it tells it anything. */
    fun onTryAgain() = step(lastStep)

    fun onScanAgain() {
        if (isBusy) return
        following?.cancel()
        login = null
        error = null
        seen.value = Sight()
        show()
    }

    /** The app is in front again. Much may have happened meanwhile, so the server is asked. */
    fun onForeground() {
        val login = login ?: return
        scope.launch {
            ignoringErrors {
                // Now the outcome is known.
                if (login.refresh() != LoginState.OUTCOME_UNKNOWN && !isBusy && error is ScanLoginException.OutcomeUnknown) error = null
                show()
            }
        }
    }

    /** The screen is gone for good. A decision on its way goes on to its end. */
    fun close() = scope.cancel()

    private fun decide(decision: suspend (PendingLogin) -> Unit) {
        val login = login
        if (login != null && (shown.value as? Screen.Deciding)?.mayDecide == true) step { decision(login) }
    }

    private fun step(call: suspend () -> Unit) {
        if (isBusy) return
        lastStep = call
        error = null
        isBusy = true
        show()
        scope.launch {
            try {
                call()
            } catch (e: ScanLoginException) {
                error = e
            }
            isBusy = false
            show()
        }
    }

    private fun follow(login: PendingLogin) {
        this.login = login
        following = scope.launch { ignoringErrors { login.progress.collect { show() } } }
    }

    private fun show() {
        val (login, error) = login to error
        shown.value = when {
            login != null -> screen(login)
            error != null -> Screen.Failed(error)
            isBusy -> Screen.Opening
            else -> Screen.Scanning
        }
    }

    private fun screen(login: PendingLogin): Screen {
        val (state, remainingSeconds) = login.currentProgress
        val mayDecide = when (state) {
            LoginState.CONFIRMED -> return Screen.Ended(Ending.CONFIRMED)
            LoginState.CANCELLED -> return Screen.Ended(Ending.CANCELLED)
            LoginState.EXPIRED -> return Screen.Ended(Ending.EXPIRED)
            LoginState.TAKEN_BY_ANOTHER_USER -> return Screen.Ended(Ending.TAKEN)
            LoginState.SCANNED -> !isBusy && error?.isRetryable != false
            LoginState.VERIFYING, LoginState.CONFIRMING, LoginState.CANCELLING, LoginState.OUTCOME_UNKNOWN, LoginState.CODE_GONE -> false
        }
        return Screen.Deciding(claim(login.code), remainingSeconds, mayDecide, isBusy, error)
    }

    private suspend fun ignoringErrors(call: suspend () -> Unit) {
        try {
            call()
        } catch (_: ScanLoginException) {
        }
    }
}
