package dev.scanlogin.samples

import androidx.lifecycle.ViewModel
import androidx.lifecycle.viewModelScope
import dev.scanlogin.LoginCode
import dev.scanlogin.LoginProgress
import dev.scanlogin.LoginState
import dev.scanlogin.PendingLogin
import dev.scanlogin.ScanLogin
import dev.scanlogin.ScanLoginException
import kotlinx.coroutines.Job
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.launch

class ApprovalViewModel(private val scanLogin: ScanLogin) : ViewModel() {
    /** What the screen shows: the state of the login, and how many seconds are left to decide. */
    val progress = MutableStateFlow<LoginProgress?>(null)

    /** What went wrong last. If it isRetryable, the screen offers to try again. */
    val problem = MutableStateFlow<ScanLoginException?>(null)

    private var login: PendingLogin? = null
    private var following: Job? = null
    private var lastStep: suspend () -> Unit = {}

    fun onCode(code: LoginCode) = step { follow(scanLogin.scanned(code)) }

    fun onImage(image: ByteArray) = step { follow(scanLogin.scanned(scanLogin.readImage(image))) }

    fun onApprove() = decide { it.confirm() }

    fun onDecline() = decide { it.cancel() }

    /** The same step on the same login: when the outcome is not known, that asks the server before it tells it anything. */
    fun onTryAgain() = step(lastStep)

    /** The app is in front again. What was to be tried again still is, unless its outcome is known now. */
    fun onResume() {
        val login = login ?: return
        viewModelScope.launch {
            try {
                val isKnown = login.refresh() != LoginState.OUTCOME_UNKNOWN
                if (isKnown && problem.value is ScanLoginException.OutcomeUnknown) problem.value = null
            } catch (_: ScanLoginException) {
                // Deciding says why.
            }
        }
    }

    private fun follow(login: PendingLogin) {
        this.login = login
        following?.cancel() // The screen shows one login, the latest.
        following = viewModelScope.launch { login.progress.collect { progress.value = it } }
    }

    /** About the login that the user sees now, also when it is tried again. */
    private fun decide(decision: suspend (PendingLogin) -> Unit) {
        val login = login ?: return
        step { decision(login) }
    }

    private fun step(call: suspend () -> Unit) {
        lastStep = call
        viewModelScope.launch {
            problem.value = try {
                call()
                null
            } catch (e: ScanLoginException) {
                e
            }
        }
    }
}
