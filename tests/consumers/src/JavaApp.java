package com.example.shop;

import dev.scanlogin.LoginCode;
import dev.scanlogin.LoginState;
import dev.scanlogin.PendingLogin;
import dev.scanlogin.ScanLoginCalls;
import dev.scanlogin.ScanLoginClient;
import dev.scanlogin.ScanLoginConfig;
import dev.scanlogin.ScanLoginException;
import dev.scanlogin.TokenProvider;
import dev.scanlogin.UserToken;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** An app in Java: it approves a login by callbacks, and refuses what is no login code. */
public final class JavaApp {
    public static void main(String[] arguments) throws Exception {
        String url = arguments[0], app = arguments[1], pool = arguments[2], token = arguments[3], text = arguments[4];
        ScanLoginConfig config = new ScanLoginConfig.Builder(app, pool, url).setTimeoutMillis(20_000).setAllowInsecureLoopback(true).build();
        TokenProvider tokens = TokenProvider.callingBack((refresh, answer) -> answer.token(new UserToken(token, "user-alice")));
        ScanLoginClient client = new ScanLoginClient(config, tokens);
        try {
            client.readText("https://example.com/");
            throw new IllegalStateException("a foreign code was not refused");
        } catch (ScanLoginException.NotALoginCode error) {
            System.out.println(error.getFlaw() + ": " + error.userText());
        }

        ExecutorService executor = Executors.newSingleThreadExecutor();
        ScanLoginCalls calls = new ScanLoginCalls(client, executor);
        CompletableFuture<PendingLogin> done = new CompletableFuture<>();
        LoginCode code = client.readText(text);
        calls.scanned(code, login -> calls.confirm(login, done::complete, done::completeExceptionally), done::completeExceptionally);
        LoginState state = done.get(30, TimeUnit.SECONDS).getState();
        executor.shutdown();
        if (state != LoginState.CONFIRMED) throw new IllegalStateException("the login is " + state);
        System.out.println("confirmed");
    }
}
