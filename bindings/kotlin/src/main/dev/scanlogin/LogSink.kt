@file:JvmName("-LogSink") // Not a name in Java.

package dev.scanlogin

/**
 * Takes what the library logs: paths, codes and durations, never a token or a code's secret. See [ScanLogin.setLogSink].
 *
 * Called on a thread of its own, one line after the other; nothing waits for it. Up to 256 lines wait for a sink that is slow;
 * how many more were dropped is said in the next line. What it throws is ignored.
 */
public fun interface LogSink {
    /** One line. [target] names the part of the library that it comes from. */
    public fun log(level: LogLevel, target: String, text: String)
}

/** How much a line of the log matters. */
public enum class LogLevel {
    /** Something that needs a person's attention. */
    WARN,
    /** What the library decided, and why. */
    INFO,
    /** Each request. */
    DEBUG,
}

/** The app's sink, kept here until the library is loaded: setting it must not load it. */
internal object LogSinks {
    private var sink: LogSink? = null
    private var isLoaded = false

    @Synchronized
    fun set(sink: LogSink?) {
        this.sink = sink
        if (isLoaded) dev.scanlogin.ffi.setLogSink(sink?.let(::AppSink))
    }

    /** To be called once the library is loaded. It does not wait for that, for then [set] would, too. */
    @Synchronized
    fun install() {
        if (isLoaded) return
        isLoaded = true
        set(sink)
    }
}

internal class AppSink(private val sink: LogSink) : dev.scanlogin.ffi.LogSink {
    override fun log(level: dev.scanlogin.ffi.LogLevel, target: String, text: String) {
        try {
            sink.log(level.toPublic(), target, text)
        } catch (_: Throwable) {
            // There is nobody to tell.
        }
    }
}

private fun dev.scanlogin.ffi.LogLevel.toPublic() = when (this) {
    dev.scanlogin.ffi.LogLevel.WARN -> LogLevel.WARN
    dev.scanlogin.ffi.LogLevel.INFO -> LogLevel.INFO
    dev.scanlogin.ffi.LogLevel.DEBUG -> LogLevel.DEBUG
}
