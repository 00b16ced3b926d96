package com.example.approve

import android.app.Application
import android.app.KeyguardManager
import android.net.ConnectivityManager
import android.net.Network
import android.net.NetworkCapabilities
import android.net.NetworkRequest
import android.os.Handler
import android.os.Looper
import android.util.Log
import dev.scanlogin.LogLevel
import dev.scanlogin.ScanLogin
import dev.scanlogin.ScanLoginClient
import dev.scanlogin.ScanLoginConfig
import dev.scanlogin.TokenProvider
import dev.scanlogin.UserToken
import java.util.concurrent.Executor
import kotlin.concurrent.thread
import kotlinx.coroutines.asCoroutineDispatcher

class App : Application() {
    val guard: ScreenLockGuard by lazy { ScreenLockGuard(getSystemService(KEYGUARD_SERVICE) as KeyguardManager, MAIN) }
    val scanLogin: ScanLogin by lazy { ScanLoginClient(ScanLoginConfig(APP_ID, USER_POOL_ID, BASE_URL), Session, guard) }

    override fun onCreate() {
        super.onCreate()
        ScanLogin.setLogSink { level, target, text -> if (level != LogLevel.DEBUG) Log.i(target, text) }
        // Loading the library takes about a tenth of a second.
        thread { scanLogin }

        val internet = NetworkRequest.Builder().addCapability(NetworkCapabilities.NET_CAPABILITY_INTERNET).build()
        val connectivity = getSystemService(CONNECTIVITY_SERVICE) as ConnectivityManager
        connectivity.registerNetworkCallback(internet, object : ConnectivityManager.NetworkCallback() {
            override fun onAvailable(network: Network) = scanLogin.networkChanged()
        })
    }
}

/** The app's own session: here is where yours goes. */
private object Session : TokenProvider {
    // With refresh, an app gets a fresh token from its server. Null: nobody is signed in, which the screen then says.
    override suspend fun token(refresh: Boolean): UserToken? = null
}

/** The main thread, without the library that Dispatchers.Main is in. */
internal val MAIN = Handler(Looper.getMainLooper()).let { Executor { work -> it.post(work) } }.asCoroutineDispatcher()

// From the console.
private const val APP_ID = "app-id"
private const val USER_POOL_ID = "user-pool-id"
private const val BASE_URL = "https://example.genauth.ai"
