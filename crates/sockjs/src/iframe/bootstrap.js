/* Stands in for sockjs-client in its frame until the page around it has told which version of the
   script it runs, and then loads that one. */
var SockJS = {
  bootstrap_iframe: function () {
    var windowId = location.hash.slice(1);
    var asked = false;

    function tell(type, data) {
      parent.postMessage(JSON.stringify({ windowId: windowId, type: type, data: data }), "*");
    }

    function fail() {
      tell("c", JSON.stringify([1006, "This version of sockjs-client is not here"]));
    }

    function load(version) {
      if (!/^[0-9a-z.-]+$/.test(version)) return fail();
      var script = document.createElement("script");
      script.onload = function () { SockJS.bootstrap_iframe(); };
      script.onerror = fail;
      script.src = "sockjs-" + version + ".min.js";
      document.getElementsByTagName("head")[0].appendChild(script);
    }

    window.addEventListener("message", function (event) {
      var message, version;
      if (asked || event.source !== parent) return;
      try {
        message = JSON.parse(event.data);
        if (message.windowId !== windowId || message.type !== "s") return;
        version = JSON.parse(message.data)[0];
      } catch (ignored) {
        return;
      }
      asked = true;
      load(version);
    });
    tell("s", "");
  }
};
