package dev.scanlogin.samples

import android.net.ConnectivityManager
import android.net.Network
import dev.scanlogin.LogLevel
import dev.scanlogin.ScanLogin
import kotlin.concurrent.thread

/** In the app's Application.onCreate. */
fun onCreate(write: (String) -> Unit) {
    thread { ScanLogin.load() }
    ScanLogin.setLogSink { level, target, text -> if (level != LogLevel.DEBUG) write("$target: $text") }
}

/** With android.permission.ACCESS_NETWORK_STATE, which users are not asked for. */
fun watchNetwork(connectivity: ConnectivityManager, scanLogin: ScanLogin) {
    connectivity.registerDefaultNetworkCallback(object : ConnectivityManager.NetworkCallback() {
        override fun onAvailable(network: Network) = scanLogin.networkChanged()
    })
}
