(function () {
  "use strict";
  var root = document.documentElement;
  root.classList.add("js");
  var rules = Array.prototype.slice.call(document.querySelectorAll(".rule"));
  var buttons = Array.prototype.slice.call(document.querySelectorAll("button[data-verdict]"));
  var search = document.getElementById("at-search");
  var family = document.getElementById("at-family");
  var count = document.getElementById("at-count");

  function filter() {
    var words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    var verdicts = buttons
      .filter(function (button) { return button.getAttribute("aria-pressed") === "true"; })
      .map(function (button) { return button.dataset.verdict; });
    var shown = 0;
    rules.forEach(function (rule) {
      var text = rule.textContent.toLowerCase();
      var fits =
        (!verdicts.length || verdicts.indexOf(rule.dataset.verdict) >= 0) &&
        (!family || !family.value || rule.dataset.family === family.value) &&
        words.every(function (word) { return text.indexOf(word) >= 0; });
      rule.hidden = !fits;
      shown += fits ? 1 : 0;
    });
    count.textContent = shown + " of " + rules.length + " " + (count.dataset.what || "rules");
  }

  function open() {
    var name;
    try { name = decodeURIComponent(location.hash.slice(1)); } catch (error) { return; }
    var rule = name && document.getElementById(name);
    if (!rule || !rule.classList.contains("rule")) return;
    if (rule.hidden) {
      buttons.forEach(function (button) { button.setAttribute("aria-pressed", "false"); });
      search.value = "";
      if (family) family.value = "";
      filter();
    }
    rule.open = true;
    rule.scrollIntoView();
    var summary = rule.querySelector("summary");
    if (summary) summary.focus({ preventScroll: true });
  }

  function copied(button, ok) {
    button.textContent = ok ? "Copied" : "Press Ctrl+C";
    setTimeout(function () { button.textContent = "Copy"; }, 2000);
  }

  function select(block) {
    var range = document.createRange();
    range.selectNodeContents(block);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
  }

  function copy(button) {
    var block = document.getElementById(button.dataset.copy);
    var text = block.textContent.replace(/\n$/, "");
    function byHand() {
      select(block);
      var ok = false;
      try { ok = document.execCommand("copy"); } catch (error) { ok = false; }
      copied(button, ok);
    }
    if (!navigator.clipboard) return byHand();
    navigator.clipboard.writeText(text).then(function () { copied(button, true); }, byHand);
  }

  document.addEventListener("click", function (event) {
    var button = event.target.closest("button");
    if (button && button.dataset.copy) copy(button);
    if (button && button.dataset.verdict) {
      button.setAttribute("aria-pressed", button.getAttribute("aria-pressed") === "true" ? "false" : "true");
      filter();
    }
    var link = event.target.closest("a[href^='#']");
    if (link && link.getAttribute("href") === location.hash) open();
  });
  if (rules.length) {
    search.addEventListener("input", filter);
    if (family) family.addEventListener("change", filter);
    filter();
  }
  window.addEventListener("hashchange", open);
  open();

  // Paper has all findings and causes.
  var closed = [];
  window.addEventListener("beforeprint", function () {
    var wanted = rules.filter(function (rule) { return !rule.hidden && rule.dataset.finding === "yes"; });
    var others = Array.prototype.slice.call(document.querySelectorAll("details.others"));
    wanted.concat(others).forEach(function (folded) {
      if (folded.open) return;
      folded.open = true;
      closed.push(folded);
    });
  });
  window.addEventListener("afterprint", function () {
    closed.splice(0).forEach(function (folded) { folded.open = false; });
  });
})();
