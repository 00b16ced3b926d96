package dev.scanlogin.samples

import androidx.lifecycle.ViewModel
import androidx.lifecycle.viewModelScope
import dev.scanlogin.LoginCode
import dev.scanlogin.LoginProgress
import dev.scanlogin.PendingLogin
import dev.scanlogin.ScanLogin
import dev.scanlogin.ScanLoginException
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.launch

class ApprovalViewModel(private val scanLogin: ScanLogin) : ViewModel() {
    /** What the screen shows: the state of the login, and how many seconds are left to decide. */
    val progress = MutableStateFlow<LoginProgress?>(null)

    /** What went wrong last. If it isRetryable, the screen offers to try again. */
    val problem = MutableStateFlow<ScanLoginException?>(null)

    private var login: PendingLogin? = null
    private var lastStep: suspend () -> Unit = {}

    fun onCode(code: LoginCode) = step { follow(scanLogin.scanned(code)) }

    fun onImage(image: ByteArray) = step { follow(scanLogin.scanned(scanLogin.readImage(image))) }

    fun onApprove() = step { login?.confirm() }

    fun onDecline() = step { login?.cancel() }

    /** The same step on the same login: when the outcome is not known, that asks the server before it tells it anything. */
    fun onTryAgain() = step(lastStep)

    /** The app is in front again. */
    fun onResume() = step { login?.refresh() }

    private fun follow(login: PendingLogin) {
        this.login = login
        viewModelScope.launch { login.progress.collect { progress.value = it } }
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
