package dev.scanlogin.samples;

import dev.scanlogin.CameraFrame;
import dev.scanlogin.FrameResult;
import dev.scanlogin.FrameScanner;
import dev.scanlogin.LoginCode;
import dev.scanlogin.PendingLogin;
import dev.scanlogin.ScanLoginCalls;
import dev.scanlogin.ScanLoginClient;
import dev.scanlogin.ScanLoginConfig;
import dev.scanlogin.ScanLoginException;
import dev.scanlogin.TokenProvider;
import dev.scanlogin.UserToken;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

public final class JavaApproval {
    private final ScanLoginClient client;
    private final ScanLoginCalls calls;

    public JavaApproval(ScanLoginConfig config, String idToken, String userId, Executor mainExecutor) throws ScanLoginException {
        // With refresh, an app gets a fresh token from its server. One that cannot answers null: signed out.
        TokenProvider tokens = TokenProvider.callingBack((refresh, answer) -> answer.token(refresh ? null : new UserToken(idToken, userId)));
        client = new ScanLoginClient(config, tokens);
        calls = new ScanLoginCalls(client, mainExecutor);
    }

    public static ScanLoginConfig config() {
        return new ScanLoginConfig.Builder("app-id", "user-pool-id", "https://example.genauth.ai").setTimeoutMillis(10_000).build();
    }

    public void approve(byte[] jpeg, Consumer<String> show) {
        ScanLoginCalls.OnFailure failed = error -> show.accept(error.userText());
        calls.readImage(jpeg, code -> approve(code, show), failed);
    }

    private void approve(LoginCode code, Consumer<String> show) {
        ScanLoginCalls.OnFailure failed = error -> show.accept(error.userText());
        calls.scanned(code, login -> calls.confirm(login, done -> show.accept(done.getState().name()), failed), failed);
    }

    /** Shows the login, as it changes, until it ends. The screen that goes before calls cancel() on what it got here. */
    public ScanLoginCalls.Call follow(PendingLogin login, Consumer<String> show) {
        return calls.progress(
            login,
            progress -> show.accept(progress.getState() + ", " + progress.getRemainingSeconds() + " s left"),
            () -> show.accept("over"));
    }

    /** For an analyzer with a thread of its own. The scanner is client.frameScanner(), one for each preview. */
    public static LoginCode codeIn(FrameScanner scanner, CameraFrame frame) {
        FrameResult result = scanner.scan(frame);
        return result instanceof FrameResult.Found ? ((FrameResult.Found) result).getCode() : null;
    }

    public String problemOf(String text) {
        try {
            client.readText(text);
            return "none";
        } catch (ScanLoginException.NotALoginCode error) {
            return error.getFlaw() + ": " + error.getMessage();
        } catch (ScanLoginException error) {
            return error.getCode() + (error.isRetryable() ? ", try again" : "");
        }
    }
}
