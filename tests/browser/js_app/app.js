// An ordinary Bolt app. Nothing in it knows that its Slack is a stand-in, but for the address of the Web API.

import bolt from "@slack/bolt";

const app = new bolt.App({
  token: process.env.SLACK_BOT_TOKEN,
  appToken: process.env.SLACK_APP_TOKEN,
  socketMode: true,
  clientOptions: { slackApiUrl: process.env.SLACK_API_URL },
});

const plain = (text) => ({ type: "plain_text", text });

app.command("/lunch", async ({ command, ack, respond }) => {
  await ack();
  await respond({
    response_type: "in_channel",
    text: `Lunch at ${command.text}?`,
    blocks: [
      { type: "section", text: { type: "mrkdwn", text: `*Lunch* at _${command.text}_? <@${command.user_id}> asks.` } },
      { type: "actions", elements: [
        { type: "button", action_id: "join", text: plain("Come along"), style: "primary" },
        { type: "button", action_id: "cancel", text: plain("Cancel"), style: "danger",
          confirm: { title: plain("Really?"), text: plain("Everybody goes hungry."), confirm: plain("Cancel lunch"), deny: plain("Keep it") } },
      ] },
    ],
  });
});

app.action("join", async ({ ack, body, client }) => {
  await ack();
  await client.views.open({
    trigger_id: body.trigger_id,
    view: {
      type: "modal", callback_id: "order", title: plain("Your order"), submit: plain("Order"),
      private_metadata: body.channel.id,
      blocks: [
        { type: "input", block_id: "dish", label: plain("Dish"), element: { type: "static_select", action_id: "value",
          options: ["Soup", "Curry", "Nothing"].map((name) => ({ text: plain(name), value: name.toLowerCase() })) } },
        { type: "input", block_id: "day", label: plain("Day"), optional: true, element: { type: "datepicker", action_id: "value" } },
        { type: "input", block_id: "note", label: plain("Note"), optional: true, element: { type: "plain_text_input", action_id: "value" } },
      ],
    },
  });
});

app.action("cancel", async ({ ack, respond }) => {
  await ack();
  await respond({ replace_original: true, text: "Lunch is cancelled." });
});

app.view("order", async ({ ack, view, body, client }) => {
  const dish = view.state.values.dish.value.selected_option.value;
  if (dish === "nothing") {
    await ack({ response_action: "errors", errors: { dish: "Eat something." } });
    return;
  }
  await ack();
  await client.chat.postMessage({ channel: view.private_metadata, text: `<@${body.user.id}> takes ${dish}.` });
});

app.event("app_home_opened", async ({ event, client }) => {
  await client.views.publish({
    user_id: event.user,
    view: { type: "home", blocks: [
      { type: "header", text: plain("Lunch orders") },
      { type: "section", text: plain("How hungry?"), accessory: { type: "static_select", action_id: "hunger",
        placeholder: plain("Choose"), options: ["little", "very"].map((name) => ({ text: plain(name), value: name })) } },
    ] },
  });
});

app.action("hunger", async ({ ack, action, body, client }) => {
  await ack();
  await client.views.publish({
    user_id: body.user.id,
    view: { type: "home", blocks: [{ type: "header", text: plain(`You are ${action.selected_option.value} hungry`) }] },
  });
});

await app.start();
console.log("running");
