package dev.scanlogin.samples;

import dev.scanlogin.BindingPin;
import dev.scanlogin.CameraFrame;
import dev.scanlogin.FrameResult;
import dev.scanlogin.FrameScanner;
import dev.scanlogin.LoginCode;
import dev.scanlogin.LoginProgress;
import dev.scanlogin.LoginState;
import dev.scanlogin.PendingLogin;
import dev.scanlogin.ScanLogin;
import java.util.Collections;
import kotlin.Unit;
import kotlin.coroutines.Continuation;
import kotlinx.coroutines.flow.Flow;
import kotlinx.coroutines.flow.FlowKt;

/** For the app's own tests. A suspending function has one more argument in Java, which a fake that answers at once does not need. */
public final class FakeForJava implements ScanLogin {
    private final LoginCode code = new LoginCode("pool");

    @Override public Object warmUp(Continuation<? super Unit> later) { return Unit.INSTANCE; }
    @Override public Object bindingPin(Continuation<? super BindingPin> later) { return new BindingPin("482913", 300); }
    @Override public Object readImage(byte[] image, Continuation<? super LoginCode> later) { return code; }
    @Override public Object readFrame(CameraFrame frame, Continuation<? super LoginCode> later) { return code; }
    @Override public LoginCode readText(String text) { return code; }
    @Override public LoginCode readLink(String link) { return code; }
    @Override public FrameScanner frameScanner() { return frame -> new FrameResult.Found(code, Collections.emptyList()); }
    @Override public Object scanned(LoginCode code, Continuation<? super PendingLogin> later) { return new Login(); }
    @Override public void networkChanged() {}

    private final class Login implements PendingLogin {
        private LoginState state = LoginState.SCANNED;

        @Override public LoginCode getCode() { return code; }
        @Override public LoginProgress getCurrentProgress() { return new LoginProgress(state, 120L); }
        @Override public Flow<LoginProgress> getProgress() { return FlowKt.flowOf(getCurrentProgress()); }
        @Override public Object refresh(Continuation<? super LoginState> later) { return state; }
        @Override public Object confirm(Continuation<? super Unit> later) { return end(LoginState.CONFIRMED); }
        @Override public Object cancel(Continuation<? super Unit> later) { return end(LoginState.CANCELLED); }

        private Unit end(LoginState end) {
            state = end;
            return Unit.INSTANCE;
        }
    }
}
