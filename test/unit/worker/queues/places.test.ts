import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Places } from "../../../../src/worker/queues/places.ts";

const mail = { concurrency: 2 };
const sms = { concurrency: 1 };
const [shop, other] = [{ concurrency: undefined }, { concurrency: undefined }];
const lanes = [mail, sms, shop, other];

function placesOf(concurrency?: number): Places {
  const places = new Places(concurrency);
  places.setLanes(lanes);
  return places;
}

describe("a worker without @C", () => {
  test("has the places of each lane that has a concurrency, and one for all others together", () => {
    const places = placesOf();
    assert.deepEqual(places.withRoom(lanes), lanes);
    for (const lane of [mail, sms, shop]) places.entered(lane);
    assert.deepEqual(places.withRoom(lanes), [mail]);
    places.entered(mail);
    assert.equal(places.running, 4);
    assert.equal(places.hasRoomForAny(), false);
    assert.deepEqual(places.withRoom(lanes), []);
    places.left(shop);
    assert.deepEqual(places.withRoom(lanes), [shop, other]);
    assert.equal(places.hasRoomForAny(), true);
  });

  test("has room besides a job that is being fetched", () => {
    const places = placesOf();
    for (const lane of [mail, mail, sms, shop]) places.entered(lane);
    assert.equal(places.hasRoomForAny(1), true);
  });

  test("lets no job follow one that ends while more run than the limit, which was lowered", () => {
    const places = new Places(undefined);
    const lane = { concurrency: 2 };
    places.setLanes([lane]);
    places.entered(lane);
    places.entered(lane);
    assert.equal(places.mayFollow(lane), true);
    lane.concurrency = 1;
    assert.equal(places.mayFollow(lane), false);
    places.left(lane);
    assert.equal(places.mayFollow(lane), true);
  });

  test("keeps the place of a lane that it no longer takes from until its job ends", () => {
    const places = placesOf();
    places.entered(shop);
    places.setLanes([mail, other]);
    assert.deepEqual(places.withRoom([mail, other]), [mail]);
    places.left(shop);
    assert.deepEqual(places.withRoom([mail, other]), [mail, other]);
  });
});

test("@C is one limit for all lanes, whatever concurrency they have", () => {
  const places = placesOf(3);
  for (const lane of [sms, sms, mail]) places.entered(lane);
  assert.deepEqual(places.withRoom(lanes), []);
  assert.equal(places.isShared(mail), true);
  places.left(sms);
  assert.deepEqual(places.withRoom(lanes), lanes);
});
