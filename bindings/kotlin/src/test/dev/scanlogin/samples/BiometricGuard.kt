package dev.scanlogin.samples

import android.content.Context
import android.hardware.biometrics.BiometricManager.Authenticators.BIOMETRIC_STRONG
import android.hardware.biometrics.BiometricManager.Authenticators.DEVICE_CREDENTIAL
import android.hardware.biometrics.BiometricPrompt
import android.os.Build
import android.os.CancellationSignal
import dev.scanlogin.ConfirmGuard
import dev.scanlogin.ConfirmRequest
import dev.scanlogin.Consent
import kotlin.coroutines.resume
import kotlinx.coroutines.suspendCancellableCoroutine

/** Asks for the user's fingerprint or face, or for the phone's PIN, pattern or password. */
class BiometricGuard(private val context: Context, private val title: String, private val cancel: String) : ConfirmGuard {
    override suspend fun verifyUser(request: ConfirmRequest): Consent? = suspendCancellableCoroutine { answer ->
        val question = CancellationSignal()
        answer.invokeOnCancellation { question.cancel() }
        prompt().authenticate(question, context.mainExecutor, object : BiometricPrompt.AuthenticationCallback() {
            override fun onAuthenticationSucceeded(result: BiometricPrompt.AuthenticationResult) = answer.resume(request.approve())

            // Also when the user closes it. A finger that is not the user's is no error yet.
            override fun onAuthenticationError(errorCode: Int, errString: CharSequence) = answer.resume(null)
        })
    }

    @Suppress("DEPRECATION")
    private fun prompt(): BiometricPrompt {
        val builder = BiometricPrompt.Builder(context).setTitle(title)
        when {
            // Strong ones, since only those go together with the PIN.
            Build.VERSION.SDK_INT >= 30 -> builder.setAllowedAuthenticators(BIOMETRIC_STRONG or DEVICE_CREDENTIAL)
            Build.VERSION.SDK_INT == 29 -> builder.setDeviceCredentialAllowed(true)
            // Android 9 has biometrics alone, and wants a button to refuse.
            else -> builder.setNegativeButton(cancel, context.mainExecutor) { _, _ -> }
        }
        return builder.build()
    }
}
