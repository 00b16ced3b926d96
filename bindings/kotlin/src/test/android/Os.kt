// As much of Android as the samples use, so that they compile and run without it.
package android.os

object Build {
    object VERSION {
        var SDK_INT: Int = 35
    }
}

class CancellationSignal {
    private var listener: (() -> Unit)? = null

    fun setOnCancelListener(listener: () -> Unit) {
        this.listener = listener
    }

    fun cancel() {
        listener?.invoke()
    }
}
