// As much of Android as the samples use, so that they compile and run without it.
package android.content

import java.util.concurrent.Executor

class Context {
    val mainExecutor: Executor = Executor { it.run() }
}

interface DialogInterface {
    fun interface OnClickListener {
        fun onClick(dialog: DialogInterface, which: Int)
    }
}
