package dev.scanlogin;

import dev.scanlogin.ffi.CancelHandle;
import dev.scanlogin.ffi.FfiConverterTypeCancelHandle;

/** The generated code, which Kotlin does not let the tests see. */
public final class Generated {
    private Generated() {}

    /** Hands an object over as an argument while another thread closes it. What it throws when the object is closed. */
    public static Throwable handOverWhileClosing() throws InterruptedException {
        CancelHandle handle = new CancelHandle();
        Thread closing = new Thread(handle::close);
        closing.start();
        try {
            while (true) {
                long argument = FfiConverterTypeCancelHandle.INSTANCE.lower(handle);
                FfiConverterTypeCancelHandle.INSTANCE.lift(argument).close();
            }
        } catch (IllegalStateException closed) {
            return closed;
        } finally {
            closing.join();
        }
    }
}
