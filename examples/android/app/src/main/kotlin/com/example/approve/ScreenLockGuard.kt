package com.example.approve

import android.app.KeyguardManager
import android.content.Intent
import dev.scanlogin.ConfirmGuard
import dev.scanlogin.ConfirmRequest
import dev.scanlogin.Consent
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.withContext

/**
 * Asks for the phone's PIN, pattern or password before a login is confirmed, which Android 6 can do, too. From Android 9 on,
 * BiometricPrompt asks for a finger or a face: see docs/consent.md.
 */
class ScreenLockGuard(private val keyguard: KeyguardManager, private val main: CoroutineDispatcher) : ConfirmGuard {
    /** Shows Android's question, over the screen that is in front. */
    var screen: ((Intent) -> Unit)? = null
    private var answer: CompletableDeferred<Boolean>? = null

    override suspend fun verifyUser(request: ConfirmRequest): Consent? = withContext(main) {
        // Without a lock anybody could confirm, and without a screen nobody can be asked. What is thrown here is a failure.
        val question = checkNotNull(keyguard.createConfirmDeviceCredentialIntent(null, null)) { "the phone has no screen lock" }
        val screen = checkNotNull(screen) { "the app is not in front" }
        onAnswer(false)
        val isUser = CompletableDeferred<Boolean>().also { answer = it }
        screen(question)
        if (isUser.await()) request.approve() else null
    }

    /** How Android's question has ended. */
    fun onAnswer(isUser: Boolean) {
        answer?.complete(isUser)
        answer = null
    }
}
