// As much of Android as the samples use, so that they compile and run without it.
package android.net

class Network

class ConnectivityManager {
    private val callbacks = mutableListOf<NetworkCallback>()

    open class NetworkCallback {
        open fun onAvailable(network: Network) {}
    }

    fun registerDefaultNetworkCallback(callback: NetworkCallback) {
        callbacks += callback
    }

    /** What Android does when the phone moves to another network. */
    fun networkHasChanged() = callbacks.forEach { it.onAvailable(Network()) }
}
