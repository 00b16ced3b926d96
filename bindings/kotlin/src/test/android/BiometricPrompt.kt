// As much of Android as the samples use, so that they compile and run without it.
package android.hardware.biometrics

import android.content.Context
import android.content.DialogInterface
import android.os.Build
import android.os.CancellationSignal
import java.util.concurrent.Executor

object BiometricManager {
    object Authenticators {
        const val BIOMETRIC_STRONG: Int = 0x000f
        const val DEVICE_CREDENTIAL: Int = 0x8000
    }
}

class BiometricPrompt private constructor() {
    class AuthenticationResult

    abstract class AuthenticationCallback {
        open fun onAuthenticationError(errorCode: Int, errString: CharSequence) {}
        open fun onAuthenticationSucceeded(result: AuthenticationResult) {}
    }

    fun authenticate(cancel: CancellationSignal, executor: Executor, callback: AuthenticationCallback) {
        cancel.setOnCancelListener { executor.execute { callback.onAuthenticationError(5, "cancelled") } }
        executor.execute { user(callback) }
    }

    /** As strict as Android's. */
    @Suppress("UNUSED_PARAMETER")
    class Builder(context: Context) {
        private var title: CharSequence = ""
        private var hasButton = false
        private var takesPin = false

        fun setTitle(title: CharSequence): Builder = apply { this.title = title }

        fun setNegativeButton(text: CharSequence, executor: Executor, listener: DialogInterface.OnClickListener): Builder =
            apply { hasButton = true }

        @Deprecated("since API 30")
        fun setDeviceCredentialAllowed(allowed: Boolean): Builder = apply {
            check(Build.VERSION.SDK_INT >= 29) { "no such method" }
            takesPin = allowed
        }

        fun setAllowedAuthenticators(authenticators: Int): Builder = apply {
            check(Build.VERSION.SDK_INT >= 30) { "no such method" }
            takesPin = authenticators and BiometricManager.Authenticators.DEVICE_CREDENTIAL != 0
        }

        fun build(): BiometricPrompt {
            require(title.isNotEmpty()) { "Title must be set and non-empty" }
            require(hasButton || takesPin) { "Negative text must be set and non-empty" }
            require(!(hasButton && takesPin)) { "Can't have both negative button behavior and device credential enabled" }
            return BiometricPrompt()
        }
    }

    companion object {
        /** What the user does about the prompt. */
        var user: (AuthenticationCallback) -> Unit = {}
    }
}
