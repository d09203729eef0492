package markdown

import "strings"

// isEmojiName reports whether :name: is an emoji. Other words between colons
// are text, as in ":param:" or ":return:"; the emoji notation in brackets takes
// any name.
func isEmojiName(name string) bool { return emojiNames[name] }

// emojiNames are the short names that Atlassian's standard emoji have in
// common with those of GitHub and Slack, and the names of Atlassian's own and
// of Confluence's emoticons.
var emojiNames = func() map[string]bool {
	names := make(map[string]bool)
	for name := range strings.FieldsSeq(emojiList) {
		names[name] = true
	}
	return names
}()

const emojiList = `
+1 -1 100 1234 ab abc abcd accept airplane alarm_clock alien ambulance anchor angel anger angry
anguished ant apple arrow_backward arrow_double_down arrow_double_up arrow_down arrow_down_small
arrow_forward arrow_heading_down arrow_heading_up arrow_left arrow_lower_left arrow_lower_right
arrow_right arrow_right_hook arrow_up arrow_up_down arrow_up_small arrow_upper_left arrow_upper_right
arrows_clockwise arrows_counterclockwise art astonished atm avocado awthanks
baby back bacon balloon ballot_box_with_check bamboo banana bangbang bank bar_chart baseball basketball
bat bath battery beach_umbrella bear bed bee beer beers beetle beginner bell bento bicyclist bike bikini
bird birthday black_circle black_heart black_joker black_large_square black_medium_small_square
black_medium_square black_nib black_small_square black_square_button blossom blowfish blue_book
blue_car blue_circle blue_heart blue_star blush boar boat bomb book bookmark bookmark_tabs books boom
boot bouquet bow bowling boy brain bread bride_with_veil bridge_at_night briefcase broccoli broken_heart
brown_heart bug building_construction bulb bullettrain_front bullettrain_side burrito bus busstop
bust_in_silhouette busts_in_silhouette butterfly
cactus cake calendar calling camel camera camping cancer candle candy capital_abcd card_index
card_file_box cat cat2 cd chains champagne chart chart_with_downwards_trend chart_with_upwards_trend
check_mark checkered_flag cheese cherries cherry_blossom chess_pawn chestnut chicken chipmunk
chocolate_bar christmas_tree church cinema circus_tent city_sunset cl clap clapper classical_building
clipboard clock1 clock10 clock11 clock12 clock2 clock3 clock4 clock5 clock6 clock7 clock8 clock9
closed_book closed_lock_with_key closed_umbrella cloud cloud_with_lightning cloud_with_rain
cloud_with_snow clown_face coat cocktail coffee coffin cold_sweat cold_face collision compass compression
computer computer_mouse confetti_ball confounded confused congratulations construction
construction_worker control_knobs convenience_store cookie cooking cool cop copyright corn couch_and_lamp
couple cow cow2 cowboy_hat_face crab credit_card crescent_moon cricket crocodile croissant cross_mark
crossed_fingers crossed_flags crossed_swords crown cry crying_cat_face crystal_ball cupid
currency_exchange curry customs cyclone
dagger dancer dancers dango dart dash date deciduous_tree deer department_store desert desktop_computer
detective diamond_shape_with_a_dot_inside disappointed disappointed_relieved dizzy dizzy_face dna
do_not_litter dog dog2 dollar dolphin door doughnut dove dragon dragon_face dress droplet drum duck dvd
e-mail eagle ear ear_of_rice earth_africa earth_americas earth_asia egg eggplant eight
eight_pointed_black_star eight_spoked_asterisk eject electric_plug elephant elevator email end envelope
envelope_with_arrow euro evergreen_tree exclamation exploding_head expressionless eye eyeglasses eyes
face_palm face_with_monocle face_with_raised_eyebrow face_with_rolling_eyes face_with_thermometer
facepalm factory fairy fallen_leaf family fast_forward fax fearful feet ferris_wheel ferry file_cabinet
file_folder film_frames film_projector film_strip fire fire_engine fire_extinguisher fireworks
first_place_medal first_quarter_moon fish fishing_pole_and_fish fist fist_raised five flashlight
fleur_de_lis floppy_disk flower_playing_cards flushed flying_saucer fog foggy football footprints
fork_and_knife fountain four four_leaf_clover fox_face free fried_egg fried_shrimp fries frog frowning
fuelpump full_moon
game_die gear gem gemini ghost gift gift_heart giraffe girl glass_of_milk globe_with_meridians goal_net
goat golf goggles gorilla grapes green_apple green_book green_circle green_heart green_star
grey_exclamation grey_question grimacing grin grinning guard guitar gun
haircut hamburger hammer hammer_and_pick hammer_and_wrench hamster hand handbag handshake hankey hash
hatched_chick hatching_chick headphones headstone hear_no_evil heart heart_decoration heart_eyes
heart_eyes_cat heartbeat heartpulse hearts heavy_check_mark heavy_division_sign heavy_dollar_sign
heavy_exclamation_mark heavy_minus_sign heavy_multiplication_x heavy_plus_sign hedgehog helicopter herb
hibiscus high_brightness high_heel hippopotamus hocho hole honey_pot honeybee horse horse_racing hospital
hot_face hot_pepper hotdog hotel hotsprings hourglass hourglass_flowing_sand house house_with_garden
hugging_face hugs hushed
ice_cream ice_cube icecream id imp inbox_tray incoming_envelope info information_desk_person
information_source innocent interrobang iphone
jack_o_lantern jeans jigsaw joy joy_cat joystick
kangaroo key keyboard kimono kiss kissing kissing_cat kissing_closed_eyes kissing_heart
kissing_smiling_eyes kite kiwi_fruit knife koala
label ladder lantern large_blue_circle large_blue_diamond large_orange_diamond last_quarter_moon laughing
leaves ledger left_right_arrow leftwards_arrow_with_hook lemon leopard libra light_bulb_off light_bulb_on
light_rail link lion lips lipstick lizard lock lock_with_ink_pen lollipop loop lotus_position
loud_sound loudspeaker love_letter low_brightness luggage lying_face
mag mag_right mage magic_wand magnet mailbox mailbox_closed mailbox_with_mail man mango mans_shoe
map maple_leaf martial_arts_uniform mask medal_sports mega melon memo mens merman metal metro
microphone microscope middle_finger milky_way minibus minidisc minus mirror mobile_phone_off
money_mouth_face money_with_wings moneybag monkey monkey_face monorail moon mortar_board mosque
mosquito motor_boat motor_scooter motorcycle mount_fuji mountain mountain_bicyclist mountain_railway
mouse mouse2 movie_camera moyai muscle mushroom musical_keyboard musical_note musical_score mute
nail_care name_badge nauseated_face necktie negative_squared_cross_mark nerd_face neutral_face new
new_moon newspaper ng night_with_stars nine no_bell no_bicycles no_entry no_entry_sign no_good
no_mobile_phones no_mouth no_pedestrians no_smoking non-potable_water nose notebook
notebook_with_decorative_cover notes nut_and_bolt
o o2 ocean octopus office ok ok_hand ok_woman old_key older_man older_woman on oncoming_automobile
oncoming_bus one open_book open_file_folder open_hands open_mouth ophiuchus orange orange_book
orange_circle orange_heart otter outbox_tray owl ox
package page_facing_up page_with_curl pager paintbrush palm_tree pancakes panda_face paperclip
paperclips parachute parking parrot part_alternation_mark partly_sunny partying_face passport_control
pause_button peace_symbol peach peacock peanuts pear pen pencil pencil2 penguin pensive
performing_arts persevere person_frowning petri_dish phone pick pie pig pig2 pig_nose pill pinched_fingers
pinching_hand pineapple pinata pisces pizza placard pleading_face plunger plus point_down point_left
point_right point_up point_up_2 police_car poodle poop popcorn post_office postal_horn postbox
potable_water potato pouch pound pouting_cat pray pretzel princess printer purple_circle purple_heart
purse pushpin put_litter_in_its_place puzzle_piece
question question_mark
rabbit rabbit2 raccoon racehorse racing_car radio radio_button radioactive rage railway_car railway_track
rainbow rainbow_flag raised_back_of_hand raised_eyebrow raised_hand raised_hands raising_hand ramen
rat receipt record_button recycle red_car red_circle red_envelope red_heart red_star registered relaxed
relieved reminder_ribbon repeat repeat_one restroom revolving_hearts rewind rhinoceros ribbon rice
rice_ball ring robot robot_face rock rocket rofl roller_coaster roller_skate rolling_eyes rooster rose
rosette rotating_light round_pushpin rowboat ruby rugby_football runner running running_shirt_with_sash
sa safety_pin safety_vest sailboat sake salad salute sandal sandwich santa satellite satellite_antenna
satisfied saxophone school school_satchel scissors scooter scorpion scream scream_cat scroll seal seat
second_place_medal secret see_no_evil seedling selfie seven shallow_pan_of_food shamrock shark shaved_ice
sheep shell shield ship shirt shit shoe shopping shopping_cart shower shrimp shrug shushing_face
signal_strength six six_pointed_star skateboard ski skier skull skull_and_crossbones skunk sled sleeping
sleepy slightly_frowning_face slightly_smiling_face slot_machine sloth small_blue_diamond
small_orange_diamond small_red_triangle small_red_triangle_down smile smile_cat smiley smiley_cat
smiling_face_with_tear smiling_imp smirk smirk_cat smoking snail snake sneezing_face snowboarder
snowflake snowman sob soccer soon sos sound space_invader spades spaghetti sparkle sparkler sparkles
sparkling_heart speak_no_evil speaker speech_balloon speedboat spider spider_web spiral_calendar
spiral_notepad spock-hand sponge spoon squid stadium star star2 star_struck stars statue_of_liberty
steam_locomotive stethoscope stew stop_button stop_sign stopwatch straight_ruler strawberry
stuck_out_tongue stuck_out_tongue_closed_eyes stuck_out_tongue_winking_eye studio_microphone sun
sun_with_face sunflower sunglasses sunny sunrise sunrise_over_mountains superhero surfer sushi
suspension_railway swan sweat sweat_drops sweat_smile sweet_potato swimmer symbols synagogue syringe
t-rex taco tada takeout_box tanabata_tree tangerine taxi tea teddy_bear telephone telephone_receiver
telescope tennis tent test_tube thermometer thinking thinking_face third_place_medal thought_balloon
thread three thumbsdown thumbsup ticket tickets tiger tiger2 timer_clock tired_face tm toilet tokyo_tower
tomato tongue toolbox tooth top tophat tornado trackball tractor traffic_light train train2 tram
triangular_flag_on_post triangular_ruler trident triumph trolleybus trophy tropical_drink tropical_fish
truck trumpet tulip tumbler_glass turkey turtle tv twisted_rightwards_arrows two two_hearts
umbrella unamused underage unicorn unicorn_face unlock up upside_down_face
v vertical_traffic_light vhs vibration_mode victory_hand video_camera video_game violin virgo volcano
volleyball vs vulcan_salute
waffle walking waning_crescent_moon warning wastebasket watch water_buffalo watermelon wave wavy_dash
waxing_crescent_moon wc weary wedding whale whale2 wheel_of_dharma wheelchair white_check_mark white_circle
white_flag white_flower white_heart white_large_square white_medium_small_square white_medium_square
white_small_square white_square_button wind_chime wind_face wine_glass wink wolf woman womans_clothes
womans_hat womens wood woozy_face worm worried wrench writing_hand
x
cheeky light-off light-on information laugh sad thumbs-down thumbs-up tick cross blue-star broken-heart
green-star red-star yellow-star
yarn yawning_face yellow_circle yellow_heart yellow_star yen yo_yo yum
zany_face zap zebra zero zipper_mouth_face zombie zzz
`
