// As much of AndroidX's view models as the samples use, so that they compile and run without Android.
package androidx.lifecycle

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.SupervisorJob

open class ViewModel {
    @OptIn(ExperimentalCoroutinesApi::class)
    internal val scope = CoroutineScope(SupervisorJob() + Dispatchers.Default.limitedParallelism(1))
}

val ViewModel.viewModelScope: CoroutineScope get() = scope
